"""A town of payers who transfer money as people do: with typos, for others, twice, too little, in parts, in silence.

``make(random, lines)`` gives charges, claims and a statement's lines, and for every line the charges that it was meant
for. Everything is invented; the same seed gives the same world.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from payments.matching import Claim, Line, NameKind, NumberRule, OpenCharge, Standing, payer_key
from renewals.validation.order_number import is_order_number, make_order_number

RULE = NumberRule(17, is_order_number)
BANK_CUTS_AT = 20
FIRST_DAY = date(2026, 7, 1)
DAYS = 120

_PLACES = ["深圳市", "深圳", "广州市", "东莞市", "佛山市", "珠海市", "惠州市", "中山市", "北京", "上海", "杭州市"]
_SYLLABLES = "恒鼎瑞丰华盛德隆泰安信达宏远嘉禾润泽明辉凯旋博雅创新卓越诚至立行天成中正"
_TRADES = ["精密制造", "建筑工程", "信息技术", "电子科技", "核电设备", "物业管理", "招标代理", "机电安装", "供应链管理"]
_FORMS = ["有限公司"] * 7 + ["有限责任公司", "股份有限公司", "合伙企业(有限合伙)"]
_SURNAMES = "王李张刘陈杨赵黄周吴"
_GIVEN = "伟芳娜敏静强磊洋艳勇军杰涛明超秀霞平刚桂英"
_AMOUNTS = [20_000] * 5 + [40_000] * 3 + [60_000, 22_100, 35_000, 30_000, 10_000]
_WORDS = ["", "证书费", "续费", "数字证书年费", "货款", "服务费", "CA证书更新", "往来款"]

#: what happens to a charge, and how often in a thousand
SCENES: dict[str, int] = {
    "number": 350,
    "number in another form": 90,
    "no number": 190,
    "one wrong digit": 45,
    "swapped digits": 35,
    "lost digit": 12,
    "extra digit": 10,
    "two wrong digits": 12,
    "number glued to digits": 12,
    "a colleague's number": 8,
    "third party with number": 45,
    "third party, claimed": 20,
    "third party, named in remark": 18,
    "third party in silence": 5,
    "agent pays several": 20,
    "several in one transfer": 25,
    "in parts": 22,
    "too little": 18,
    "too much": 18,
    "paid twice": 15,
    "late": 18,
    "nothing to do with us": 12,
}


@dataclass(slots=True)
class World:
    charges: list[OpenCharge] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    truth: dict[str, frozenset[str]] = field(default_factory=dict)
    scene: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Holder:
    name: str
    account: str


def make(random: Random, lines: int) -> World:
    """So many lines (a few more, where a scene has several), and about 1.3 charges for each."""
    return _Town(random).world(lines)


class _Town:
    def __init__(self, random: Random) -> None:
        self._random = random
        self._world = World()
        self._names: set[str] = set()
        self._serials: dict[date, int] = {}
        self._used: set[str] = set()

    # Who there is, and what they owe

    def world(self, lines: int) -> World:
        random, world = self._random, self._world
        while len(world.charges) < lines * 1.3:
            self._settle()
        todo = list(world.charges)
        random.shuffle(todo)
        names, weights = list(SCENES), list(SCENES.values())
        acts: dict[str, Callable[[OpenCharge], None]] = {
            scene: getattr(self, "_" + scene.replace(" ", "_").replace(",", "").replace("'", "")) for scene in names
        }
        self._by_holder: dict[str, list[OpenCharge]] = {}
        for charge in world.charges:
            self._by_holder.setdefault(charge.holder_name, []).append(charge)
        self._by_amount: dict[int, list[OpenCharge]] = {}
        for charge in world.charges:
            self._by_amount.setdefault(charge.open_fen, []).append(charge)
        for charge in todo:
            if len(world.lines) >= lines:
                break
            if charge.id not in self._used:
                self._used.add(charge.id)
                self._scene = random.choices(names, weights)[0]
                acts[self._scene](charge)
        for charge in todo[-len(todo) // 20 :]:  # who says to have paid and hasn't
            if charge.id not in self._used:
                self._claim(charge, charge.holder_name, charge.open_fen, self._day(charge), "")
        random.shuffle(world.lines)
        return world

    def _settle(self) -> None:
        """A holder moves in, sometimes with a twin or branches; a few have very many certificates."""
        random = self._random
        name = self._name()
        family = [name]
        if random.random() < 0.12:
            family.append(self._twin(name))
        if random.random() < 0.03 and name.endswith("公司"):
            family += [f"{name}{place}分公司" for place in random.sample(["龙华", "南山", "天津", "龙岗"], 2)]
        must = random.random() < 0.5  # the family's programme
        for each in family:
            count = random.choices([1, 2, 3, 8, 60], [70, 15, 9, 5, 0.4])[0]
            day = FIRST_DAY + timedelta(days=random.randrange(DAYS - 30))
            for _ in range(count):
                if random.random() < 0.4:
                    day = FIRST_DAY + timedelta(days=random.randrange(DAYS - 15))
                self._owe(each, day, must=must)

    def _owe(self, holder: str, day: date, *, must: bool) -> None:
        serial = self._serials[day] = self._serials.get(day, 0) + 1
        amount = self._random.choice(_AMOUNTS)
        charge = OpenCharge(
            f"c{len(self._world.charges)}",
            make_order_number("01", day, serial),
            amount,
            holder,
            day,
            payer_key(holder),
            must,
            NameKind.ORGANISATION,
            total_fen=amount,
        )
        self._world.charges.append(charge)

    def _name(self) -> str:
        pick = self._random.choice
        while True:
            syllables = "".join(pick(_SYLLABLES) for _ in range(self._random.choice([2, 2, 3])))
            name = f"{pick(_PLACES)}测{syllables}{pick(_TRADES)}{pick(_FORMS)}"
            if name not in self._names:
                self._names.add(name)
                return name

    def _twin(self, name: str) -> str:
        """Another company with nearly the same name."""
        place = next(place for place in _PLACES if name.startswith(place))
        return self._random.choice([name.replace(place, place.rstrip("市") + "区", 1), name.replace("测", "试", 1)])

    def _person(self) -> str:
        return self._random.choice(_SURNAMES) + "".join(self._random.choices(_GIVEN, k=2))

    # What they write

    def _spelt(self, name: str) -> str:
        """The bank's own way with a name."""
        random = self._random
        if random.random() < 0.2:
            name = name.replace("(", "（").replace(")", "）")
        if random.random() < 0.03:
            name = name[:4] + " " + name[4:]
        return name[:BANK_CUTS_AT]

    def _account(self, name: str) -> str:
        return "4000" + str(sum(map(ord, name)) * 7_919_993 % 10**13).zfill(13)

    def _day(self, charge: OpenCharge) -> date:
        return charge.opened_on + timedelta(days=min(15, int(self._random.expovariate(0.35))))

    def _pay(self, payer: str, fen: int, day: date, remark: str, *meant: OpenCharge) -> Line:
        world = self._world
        line = Line(f"l{len(world.lines)}", fen, self._spelt(payer), self._account(payer), day, remark)
        world.lines.append(line)
        world.truth[line.id] = frozenset(charge.id for charge in meant)
        world.scene[line.id] = self._scene
        return line

    def _claim(self, charge: OpenCharge, payer: str, fen: int, day: date, remark: str) -> None:
        """Told by the customer, mostly right."""
        random = self._random
        account = self._account(payer) if random.random() < 0.8 else ""
        if random.random() < 0.08:
            day += timedelta(days=random.choice([-3, -2, 2, 3, 5]))
        elif random.random() < 0.3:
            day -= timedelta(days=1)
        if random.random() < 0.03:
            payer = payer[:3] + payer[4:]
        if random.random() < 0.02:
            fen += random.choice([100, -100, 10_000])
        claim = Claim(f"t{len(self._world.claims)}", charge, payer, account, max(fen, 1), day, remark)
        self._world.claims.append(claim)

    def _perhaps_claim(self, charge: OpenCharge, line: Line, payer: str) -> None:
        if self._random.random() < (0.75 if charge.payer_must_be_holder else 0.4):
            self._claim(charge, payer, line.amount_fen, line.booked_on, line.remittance_information)

    def _transfer(self, charge: OpenCharge, remark: str, payer: str = "") -> Line:
        payer = payer or charge.holder_name
        line = self._pay(payer, charge.open_fen, self._day(charge), remark, charge)
        self._perhaps_claim(charge, line, payer)
        return line

    def _around(self, text: str) -> str:
        pick = self._random.choice
        before = pick(["", "", "订单号", "证书续费", "订单：", "NO."])
        return f"{before}{text}{pick(['', '', '数字证书', ' 谢谢', '，请查收'])}"

    # Scenes

    def _number(self, charge: OpenCharge) -> None:
        self._transfer(charge, self._around(charge.number))

    def _number_in_another_form(self, charge: OpenCharge) -> None:
        n = charge.number
        wide = n.translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)})
        groups = [n[:2], n[2:10], n[10:16], n[16:]]
        fours = [n[at : at + 4] for at in range(0, 17, 4)]
        forms = [
            wide,
            " ".join(groups),
            "-".join(groups),
            " ".join(fours),
            f"【{n}】",
            f"费用200元,{n}",
            f"{n};20261121",
        ]
        self._transfer(charge, self._around(self._random.choice(forms)))

    def _no_number(self, charge: OpenCharge) -> None:
        self._transfer(charge, self._random.choice(_WORDS))

    def _slip(self, charge: OpenCharge, change: Callable[[str, int], str]) -> None:
        self._transfer(charge, self._around(change(charge.number, self._random.randrange(16))))

    def _another(self, digit: str) -> str:
        return self._random.choice([other for other in "0123456789" if other != digit])

    def _one_wrong_digit(self, charge: OpenCharge) -> None:
        self._slip(charge, lambda n, at: n[:at] + self._another(n[at]) + n[at + 1 :])

    def _swapped_digits(self, charge: OpenCharge) -> None:
        self._slip(charge, lambda n, at: n[:at] + n[at + 1] + n[at] + n[at + 2 :])

    def _lost_digit(self, charge: OpenCharge) -> None:
        self._slip(charge, lambda n, at: n[:at] + n[at + 1 :])

    def _extra_digit(self, charge: OpenCharge) -> None:
        self._slip(charge, lambda n, at: n[:at] + self._another("") + n[at:])

    def _two_wrong_digits(self, charge: OpenCharge) -> None:
        """Mostly where numbers differ at all: in the serial and the check digit."""
        one, other = self._random.sample(range(12, 17), 2)
        digits = list(charge.number)
        for at in (one, other):
            digits[at] = self._another(digits[at])
        self._transfer(charge, self._around("".join(digits)))

    def _number_glued_to_digits(self, charge: OpenCharge) -> None:
        other = self._random.choice(["13800138000", "2026", "200", "20261121"])
        self._transfer(charge, self._random.choice([charge.number + other, other + charge.number]))

    def _a_colleagues_number(self, charge: OpenCharge) -> None:
        """The template of a transfer that somebody else has made. (Who writes another number of their own means it.)"""
        others = [each for each in self._by_amount[charge.open_fen][:500] if each.holder_name != charge.holder_name]
        other = self._random.choice(others or [charge])
        self._transfer(charge, self._around(other.number))

    def _third_party_with_number(self, charge: OpenCharge) -> None:
        payer = self._name() if self._random.random() < 0.6 else self._person()
        self._transfer(charge, self._around(charge.number), payer)

    def _third_party_claimed(self, charge: OpenCharge) -> None:
        payer = self._name() if self._random.random() < 0.6 else self._person()
        line = self._pay(payer, charge.open_fen, self._day(charge), self._random.choice(_WORDS), charge)
        self._claim(charge, payer, line.amount_fen, line.booked_on, "")

    def _third_party_named_in_remark(self, charge: OpenCharge) -> None:
        form = self._random.choice(["代{}付证书费", "{}证书费", "代付{}", "代{}缴费"])
        self._transfer(charge, form.format(charge.holder_name), self._name())

    def _third_party_in_silence(self, charge: OpenCharge) -> None:
        self._pay(self._person(), charge.open_fen, self._day(charge), self._random.choice(_WORDS), charge)

    def _agent_pays_several(self, charge: OpenCharge) -> None:
        """An agent's transfers for two or three customers: one each on the same day, without numbers or with."""
        agent = self._name()
        group = [charge, *self._free(self._by_amount[charge.open_fen], 2)]
        day = max(self._day(each) for each in group)
        with_numbers = self._random.random() < 0.5
        for each in group:
            line = self._pay(agent, each.open_fen, day, self._around(each.number) if with_numbers else "", each)
            if self._random.random() < 0.7:
                self._claim(each, agent, line.amount_fen, day, "")

    def _several_in_one_transfer(self, charge: OpenCharge) -> None:
        group = [charge, *self._free(self._by_holder[charge.holder_name], self._random.choice([1, 1, 2]))]
        named = self._random.random()
        numbers = [each.number for each in group] if named < 0.5 else [charge.number] if named < 0.7 else [""]
        day = max(self._day(each) for each in group)
        total = sum(each.open_fen for each in group)
        line = self._pay(charge.holder_name, total, day, self._around("、".join(numbers)), *group)
        for each in group:
            if self._random.random() < 0.5:
                self._claim(each, charge.holder_name, each.open_fen, line.booked_on, "")

    def _free(self, charges: list[OpenCharge], most: int) -> list[OpenCharge]:
        free = [each for each in charges[:400] if each.id not in self._used][:most]
        self._used |= {each.id for each in free}
        return free

    def _in_parts(self, charge: OpenCharge) -> None:
        first = self._random.choice([charge.open_fen // 2, 10_000, 5_000])
        if first >= charge.open_fen:
            first = charge.open_fen // 2
        remark = self._around(charge.number) if self._random.random() < 0.6 else ""
        day = self._day(charge)
        for part, later in ((first, 0), (charge.open_fen - first, self._random.randrange(3))):
            self._pay(charge.holder_name, part, day + timedelta(days=later), remark, charge)

    def _too_little(self, charge: OpenCharge) -> None:
        self._other_amount(charge, -self._random.choice([100, 500, 1_000, 5_000]))

    def _too_much(self, charge: OpenCharge) -> None:
        self._other_amount(charge, self._random.choice([100, 1_000, 10_000, 20_000]))

    def _other_amount(self, charge: OpenCharge, more: int) -> None:
        remark = self._around(charge.number) if self._random.random() < 0.7 else self._random.choice(_WORDS)
        line = self._pay(charge.holder_name, charge.open_fen + more, self._day(charge), remark, charge)
        self._perhaps_claim(charge, line, charge.holder_name)

    def _paid_twice(self, charge: OpenCharge) -> None:
        remark = self._around(charge.number) if self._random.random() < 0.7 else ""
        first = self._transfer(charge, remark)
        later = first.booked_on + timedelta(days=self._random.choice([0, 0, 1, 4]))
        self._pay(charge.holder_name, charge.open_fen, later, remark, charge)

    def _late(self, charge: OpenCharge) -> None:
        """For an order that has been paid by WeChat meanwhile, or was cancelled."""
        standing = self._random.choice([Standing.SETTLED, Standing.CLOSED])
        paid = charge.open_fen
        gone = replace(charge, open_fen=0, standing=standing)
        self._world.charges[int(charge.id[1:])] = gone
        remark = self._around(charge.number) if self._random.random() < 0.85 else ""
        self._pay(charge.holder_name, paid, self._day(charge), remark, gone)

    def _nothing_to_do_with_us(self, charge: OpenCharge) -> None:
        """Rent, interest, a customer of another department: sums like ours among them."""
        payer = self._random.choice([charge.holder_name, self._name()])
        self._pay(
            payer, self._random.choice(_AMOUNTS), self._day(charge), self._random.choice(["房租", "结息", "货款"])
        )
