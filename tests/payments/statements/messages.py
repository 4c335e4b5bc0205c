"""camt.053, MT940 and OFX as banks send them, made from what a test tells."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from tests.payments.statements.exports import OPENING, OWN_ACCOUNT, Told, yuan

CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.{:02d}"


def camt(told: Sequence[Told], *, version: int = 2, opening: int = OPENING, account: str = OWN_ACCOUNT) -> str:
    return document([stmt([entry(one, version) for one in told], told, opening, account)], version)


def document(statements: Sequence[str], version: int = 2) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{CAMT.format(version)}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>M1</MsgId></GrpHdr>{''.join(statements)}</BkToCstmrStmt></Document>"
    )


def stmt(entries: Sequence[str], told: Sequence[Told], opening: int = OPENING, account: str = OWN_ACCOUNT) -> str:
    closing = opening + sum(one.fen for one in told)
    ins, outs = [one.fen for one in told if one.fen > 0], [-one.fen for one in told if one.fen < 0]
    return (
        f"<Stmt><Id>S1</Id><Acct><Id><Othr><Id>{account}</Id></Othr></Id><Ccy>CNY</Ccy></Acct>"
        f"{balance('OPBD', opening)}{balance('CLBD', closing)}<TxsSummry>"
        f"<TtlNtries><NbOfNtries>{len(entries)}</NbOfNtries></TtlNtries>"
        f"<TtlCdtNtries><NbOfNtries>{len(ins)}</NbOfNtries><Sum>{yuan(sum(ins))}</Sum></TtlCdtNtries>"
        f"<TtlDbtNtries><NbOfNtries>{len(outs)}</NbOfNtries><Sum>{yuan(sum(outs))}</Sum></TtlDbtNtries>"
        f"</TxsSummry>{''.join(entries)}</Stmt>"
    )


def balance(code: str, fen: int) -> str:
    return f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{money(fen)}<Dt><Dt>2026-11-01</Dt></Dt></Bal>"


def money(fen: int) -> str:
    return f'<Amt Ccy="CNY">{yuan(abs(fen))}</Amt><CdtDbtInd>{"DBIT" if fen < 0 else "CRDT"}</CdtDbtInd>'


def entry(one: Told, version: int, *, status: str = "BOOK", details: str | None = None) -> str:
    state = f"<Sts>{status}</Sts>" if version < 4 else f"<Sts><Cd>{status}</Cd></Sts>"
    return (
        f"<Ntry>{money(one.fen)}{state}<BookgDt><DtTm>{one.at:%Y-%m-%dT%H:%M:%S}</DtTm></BookgDt>"
        f"<AcctSvcrRef>{one.serial}</AcctSvcrRef>"
        f"<NtryDtls>{transaction(one, version) if details is None else details}</NtryDtls></Ntry>"
    )


def transaction(one: Told, version: int, *, amount: bool = False) -> str:
    who = "Cdtr" if one.fen < 0 else "Dbtr"
    name = f"<Nm>{escape(one.name)}</Nm>"
    party = f"<{who}>{name if version < 8 else f'<Pty>{name}</Pty>'}</{who}>"
    cut = [one.memo[at : at + 140] for at in range(0, len(one.memo), 140)]
    if not amount:
        said = ""
    elif version < 3:
        said = f'<AmtDtls><TxAmt><Amt Ccy="CNY">{yuan(abs(one.fen))}</Amt></TxAmt></AmtDtls>'
    else:
        said = money(one.fen)
    return (
        f"<TxDtls><Refs><EndToEndId>E-{escape(one.serial)}</EndToEndId></Refs>{said}<RltdPties>{party}"
        f"<{who}Acct><Id><Othr><Id>{one.account}</Id></Othr></Id></{who}Acct></RltdPties>"
        f"<RltdAgts><{who}Agt><FinInstnId><Nm>{escape(one.bank)}</Nm></FinInstnId></{who}Agt></RltdAgts>"
        f"<RmtInf>{''.join(f'<Ustrd>{escape(part)}</Ustrd>' for part in cut)}</RmtInf></TxDtls>"
    )


def swift(fen: int) -> str:
    return yuan(abs(fen)).replace(".", ",")


def mt940(told: Sequence[Told], *, opening: int = OPENING, account: str = OWN_ACCOUNT, envelope: bool = False) -> str:
    def end(tag: str, fen: int) -> str:
        return f":{tag}:{'D' if fen < 0 else 'C'}261101CNY{swift(fen)}"

    parts = [":20:STARTUMS", f":25:{account}", ":28C:11/1", end("60F", opening)]
    for number, one in enumerate(told, 1):
        mark = "D" if one.fen < 0 else "C"
        parts.append(f":61:{one.at:%y%m%d}{one.at:%m%d}{mark}{swift(one.fen)}NTRFNONREF//{one.serial or f'B{number}'}")
        parts.append(f":86:166?00转账?20{one.memo[:27]}?21{one.memo[27:54]}?30{one.bank}?31{one.account}?32{one.name}")
    parts.append(end("62F", opening + sum(one.fen for one in told)))
    if envelope:
        return "{1:F01BANKCNBJAXXX0000000000}{2:I940BANKCNBJXXXXN}{4:\r\n" + "\r\n".join(parts) + "\r\n-}"
    return "\r\n".join(parts) + "\r\n"


def ofx(told: Sequence[Told], *, xml: bool = False, account: str = OWN_ACCOUNT, currency: str = "CNY") -> str:
    def leaf(name: str, text: str) -> str:
        return f"<{name}>{escape(text)}</{name}>" if xml else f"<{name}>{escape(text)}\r\n"

    bookings = "".join(
        "<STMTTRN>"
        + leaf("TRNTYPE", "DEBIT" if one.fen < 0 else "CREDIT")
        + leaf("DTPOSTED", f"{one.at:%Y%m%d%H%M%S}[+8:CST]")
        + leaf("TRNAMT", yuan(one.fen))
        + leaf("FITID", one.serial or f"F{number}")
        + leaf("NAME", one.name)
        + f"<BANKACCTTO>{leaf('BANKID', one.bank)}{leaf('ACCTID', one.account)}</BANKACCTTO>"
        + leaf("MEMO", one.memo)
        + "</STMTTRN>"
        for number, one in enumerate(told, 1)
    )
    body = (
        f"<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS>{leaf('CURDEF', currency)}"
        f"<BANKACCTFROM>{leaf('BANKID', '1')}{leaf('ACCTID', account)}</BANKACCTFROM>"
        f"<BANKTRANLIST>{leaf('DTSTART', '20261101')}{bookings}</BANKTRANLIST>"
        f"<LEDGERBAL>{leaf('BALAMT', yuan(OPENING + sum(one.fen for one in told)))}</LEDGERBAL>"
        "</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
    )
    head = (
        '<?xml version="1.0"?><?OFX OFXHEADER="200" VERSION="220"?>' if xml else "OFXHEADER:100\r\nDATA:OFXSGML\r\n\r\n"
    )
    return head + body
