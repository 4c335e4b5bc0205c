// The desk page: shows the state it is sent, posts what is clicked. No other site can read its token.
const token = document.querySelector('meta[name="desk-token"]').content;
const status = document.getElementById("status");
const STATES = { current: "使用中", pending: "待校验", history: "旧加密证书" };
const NONE = ["", "（无）"];
let shown = "";

async function post(action, body = {}) {
  const response = await fetch(`/control/${action}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Desk-Token": token },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(typeof answer.error === "string" ? answer.error : "页面已过期，请刷新");
  return answer;
}

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

async function act(action, body, done) {
  try {
    show(await post(action, body));
    status.textContent = done;
    status.className = "ok";
  } catch (error) {
    status.textContent = `没有成功：${error.message}`;
    status.className = "error";
  }
}

function keyCard(key) {
  const name = `${key.label}（${key.mediumNumber}）`;
  const button = key.inserted
    ? make("button", { textContent: "拔出", type: "button", className: "second", ariaLabel: `拔出 ${name}`, onclick: () => act("pull", { keySerial: key.keySerial }, `已拔出 ${name}`) })
    : make("button", { textContent: "插入", type: "button", ariaLabel: `插入 ${name}`, onclick: () => act("insert", { keySerial: key.keySerial }, `已插入 ${name}`) });
  button.id = `slot-${key.keySerial}`;
  const facts = make("dl");
  const fact = (term, value) => facts.append(make("dt", { textContent: term }), make("dd", { textContent: value }));
  fact("状态", key.inserted ? "已插入" : "未插入");
  fact("序列号", key.keySerial);
  fact("密码", key.retriesLeft === 0 ? "已锁定" : `还可以试 ${key.retriesLeft} 次`);
  fact("容器", `${key.containers.length} / ${key.capacity}`);
  const containers = make("ul", { className: "plain" });
  for (const each of key.containers) {
    const what = each.subject ? `${each.subject}，序列号 ${each.serial}，有效期至 ${each.notAfter}` : "没有证书";
    containers.append(make("li", { textContent: `${STATES[each.state]} · ${each.algorithm} · ${what}` }));
  }
  return make("div", { className: key.inserted ? "card in" : "card" }, make("div", { className: "row between" }, make("h3", { textContent: name }), button), facts, containers);
}

function fill(select, options, chosen) {
  select.replaceChildren(...options.map(([value, text]) => make("option", { value, textContent: text, selected: value === chosen })));
}

function show(state) {
  document.getElementById("waiting").textContent = state.pending.length ? `（${state.pending.length} 个在等待）` : "";
  const { pending: _pending, outcomes: _outcomes, ...rest } = state;
  if (JSON.stringify(rest) === shown) return; // leave the focus where it is
  shown = JSON.stringify(rest);
  const focused = document.activeElement?.id;
  const keys = document.getElementById("keys");
  keys.replaceChildren(...state.keys.map(keyCard));
  if (!state.keys.length) keys.append(make("p", { className: "quiet", textContent: "还没有 Ekey。请载入演示数据，或在下面制作一个空白 Ekey。" }));
  const form = document.getElementById("faults");
  for (const select of form.querySelectorAll("select[data-points]")) {
    fill(select, [NONE, ...state.points.map((point) => [point, point])], state.faults[select.name]);
  }
  fill(form.component_name, [["", "（每一个）"], ...state.components.map((name) => [name, name])], state.faults.component_name);
  const model = document.getElementById("model");
  if (model.options.length === 1) model.append(...state.models.map((name) => make("option", { value: name, textContent: name })));
  fill(form.swap_to, [NONE, ...state.keys.map((key) => [key.keySerial, key.label])], state.faults.swap_to);
  for (const name of ["slow_seconds", "driver", "component"]) form[name].value = state.faults[name];
  for (const box of form.querySelectorAll("input[type=checkbox]")) box.checked = state.faults[box.name];
  if (focused) document.getElementById(focused)?.focus();
}

document.getElementById("faults").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const faults = { slow_seconds: Number(form.slow_seconds.value) };
  for (const select of form.querySelectorAll("select")) faults[select.name] = select.value;
  for (const box of form.querySelectorAll("input[type=checkbox]")) faults[box.name] = box.checked;
  act("faults", faults, "故障设置已生效");
});

document.getElementById("no-faults").addEventListener("click", () => {
  act("faults", { pull_at: "", swap_at: "", swap_to: "", crash_at: "", exit_at: "", slow_seconds: 0, driver: "ok", component: "ok", component_name: "", container_full: false, keygen_fails: false, verify_fails: false, pfx_fails: false, saving_blocked: false, old_version: false }, "故障已全部清除");
});

document.getElementById("provision").addEventListener("submit", (event) => {
  event.preventDefault();
  const body = Object.fromEntries(new FormData(event.target));
  act("provision", body, `已制作 ${body.label}，可以插入了`);
});

async function look() {
  try {
    show(await post("state"));
  } catch (error) {
    status.textContent = `模拟器没有回答：${error.message}`;
    status.className = "error";
  }
  setTimeout(look, 1000);
}
look();
