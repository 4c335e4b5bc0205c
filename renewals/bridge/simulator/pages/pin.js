// The PIN window. What is typed goes to this origin's own server and nowhere else.
const token = document.querySelector('meta[name="desk-token"]').content;
const status = document.getElementById("status");
const requests = document.getElementById("requests");
const none = document.getElementById("none");
const PURPOSES = {
  "auth.sign": "用 Ekey 签名，证明您持有证书",
  "csr.prove": "用新密钥签名，确认证书请求",
  "key.genCsr": "在 Ekey 里产生新的密钥",
  "cert.importSign": "向 Ekey 写入签名证书",
  "cert.importEnc": "向 Ekey 写入加密证书",
  "cert.importHistory": "向 Ekey 写入以前的加密密钥，旧文件仍可打开",
  "install.verify": "校验新证书并启用",
  "file.save": "把证书保存为 .pfx 文件",
  "pin.verify": "验证 Ekey 密码",
  "pin.change": "修改 Ekey 密码",
  "pin.unlock": "解锁 Ekey，设置新密码",
};
const OUTCOMES = {
  OK: () => "密码正确，请回到网站页面继续。",
  PASSWORD_INCORRECT: () => "保护口令不正确。请回到网站页面重试。",
  PIN_INCORRECT: (left) => `密码不正确，还可以再试 ${left} 次。请回到网站页面重试。`,
  PIN_LOCKED: () => "连续输错六次，Ekey 已锁定。请回到网站页面申请解锁。",
};
const answered = new Set();

async function post(action, body = {}) {
  const response = await fetch(`/control/${action}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Desk-Token": token },
    body: JSON.stringify(body),
  });
  return { ok: response.ok, status: response.status, answer: await response.json() };
}

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function say(text, className) {
  status.textContent = text;
  status.className = className;
}

function field(id, text, autocomplete) {
  const input = make("input", { id, type: "password", required: true, autocomplete, maxLength: 64 });
  return [make("div", {}, make("label", { htmlFor: id, textContent: text }), input), input];
}

function card(request) {
  const facts = make("dl");
  const fact = (term, value) => facts.append(make("dt", { textContent: term }), make("dd", { textContent: value }));
  fact("网站", request.origin);
  fact("用途", PURPOSES[request.method] ?? request.method);
  if (request.file) fact("证书", "电脑上的文件证书");
  else fact("Ekey", `${request.keyLabel}（${request.mediumNumber}）`);
  if (request.wants !== "new_pin" && !request.file) fact("剩余次数", `${request.retriesLeft} 次`);
  const form = make("form", { className: "card" }, facts);
  form.dataset.request = request.id;
  const inputs = {};
  const row = make("div", { className: "row" });
  if (request.wants !== "new_pin") {
    const [box, input] = field(`pin-${request.id}`, request.file ? "文件证书的保护口令" : "Ekey 密码", "current-password");
    inputs.pin = input;
    row.append(box);
  }
  if (request.wants !== "pin") {
    const name = request.digits ? `新证书的保护口令（${request.digits} 位数字，设定后不能修改）` : "新密码（6 至 16 位）";
    const [first, fresh] = field(`new-${request.id}`, name, "new-password");
    const [second, again] = field(`again-${request.id}`, request.digits ? "再输入一次保护口令" : "再输入一次新密码", "new-password");
    if (request.digits) for (const input of [fresh, again]) Object.assign(input, { pattern: `[0-9]{${request.digits}}`, inputMode: "numeric" });
    Object.assign(inputs, { fresh, again });
    row.append(first, second);
  }
  row.append(
    make("button", { type: "submit", textContent: "确定" }),
    make("button", { type: "button", className: "second", textContent: "取消", onclick: () => end(request.id, "pin_deny", { id: request.id }, "已取消。") }),
  );
  form.append(row);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (inputs.fresh && inputs.fresh.value !== inputs.again.value) {
      say("两次输入的新密码不一致，请重新输入。", "error");
      inputs.again.focus();
      return;
    }
    end(request.id, "pin_answer", { id: request.id, pin: inputs.pin?.value ?? "", newPin: inputs.fresh?.value ?? "" }, "正在验证……");
  });
  return form;
}

async function end(id, action, body, done) {
  const { ok, status: code } = await post(action, body);
  if (ok) {
    answered.add(id);
    requests.querySelector(`[data-request="${id}"]`)?.remove();
    say(done, "quiet");
  } else if (code === 422) {
    say("密码应为 6 至 16 位字母、数字或符号，请重新输入。", "error");
  } else {
    say("这个请求已经结束，请回到网站页面重试。", "error");
  }
}

async function look() {
  try {
    const { ok, answer } = await post("state");
    if (!ok) throw new Error("页面已过期，请刷新");
    const waiting = new Set(answer.pending.map((request) => request.id));
    for (const form of [...requests.children]) if (!waiting.has(form.dataset.request)) form.remove();
    for (const request of answer.pending) {
      if (answered.has(request.id) || requests.querySelector(`[data-request="${request.id}"]`)) continue;
      requests.append(card(request));
      say("有网站请求 Ekey 密码，请核对后输入。", "");
      requests.lastElementChild.querySelector("input").focus();
    }
    for (const outcome of answer.outcomes) {
      if (answered.delete(outcome.id)) say((OUTCOMES[outcome.outcome] ?? (() => "请求没有完成，请回到网站页面查看。"))(outcome.retriesLeft), outcome.outcome === "OK" ? "ok" : "error");
    }
    none.hidden = requests.children.length > 0;
    document.title = requests.children.length ? "● Ekey 密码" : "Ekey 密码";
  } catch (error) {
    say(`模拟器没有回答：${error.message}`, "error");
  }
  setTimeout(look, 400);
}
look();
