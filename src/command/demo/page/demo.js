// The demo's page: a shop whose scripts say too much, and a table of what became of it.
// Everything shown comes from the feed (/demo/events) and is put in place as text, never as markup.

const SAYS = {
  "strict": "Only what you chose to send, and what the protocol needs.",
  "cnil": "The seven conditions for a proxy in front of audience measurement.",
  "balanced": "Useful charts: a truncated address, a reduced browser, a stand-in for a day.",
  "address-only": "Headers and addresses; everything else passes.",
};
const ABOUT_NOBODY = new Set(["service", "time", "message"]);
const DONE = {
  remove: "removed", replace: "replaced", mask: "masked", generalize: "generalized", pseudonymize: "stand-in",
  country: "country", keep: "kept",
};
const MOST = 24;

const at = (id) => document.getElementById(id);
const exchanges = new Map();
let address = "";
let policy = "strict";
let event = null;

// ---- what the page's scripts say: an ordinary analytics payload, and an ordinary chat's

function arrive() {
  if (!location.search) {
    const found = new URLSearchParams({
      email: "jane.doe@example.org", utm_source: "newsletter", gclid: "Cj0KCQjw5ZSWBhCV",
    });
    history.replaceState(null, "", `/?${found}`);
  }
  const visitor = cookie("ph_visitor") || crypto.randomUUID();
  document.cookie = `ph_visitor=${visitor}; Secure; SameSite=Lax`;
  document.cookie = "_ga=GA1.1.1204836517.1767225600; Secure; SameSite=Lax";
  at("place").textContent = decodeURIComponent(location.href);
  return visitor;
}

function cookie(name) {
  const pair = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return pair && pair.slice(name.length + 1);
}

function analytics(name, more = {}) {
  const found = new URLSearchParams(location.search);
  return {
    api_key: "phc_demo",
    event: name,
    properties: {
      distinct_id: visitor,
      $session_id: session,
      $ip: address,
      $raw_user_agent: navigator.userAgent,
      $current_url: location.href,
      $referrer: "https://mail.example.com/inbox?folder=offers",
      $browser_language: navigator.language,
      $timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      $screen_width: screen.width,
      $screen_height: screen.height,
      $viewport_width: innerWidth,
      $device_memory: navigator.deviceMemory ?? 8,
      title: document.title,
      utm_source: found.get("utm_source"),
      gclid: found.get("gclid"),
      $set: { email: found.get("email"), name: "Jane Doe" },
      $lib: "web",
      ...more,
    },
    uuid: crypto.randomUUID(),
    timestamp: new Date().toISOString(),
  };
}

function chat(text, draft) {
  return {
    conversation: session,
    text,
    draft,
    visitor: { ip: address, user_agent: navigator.userAgent, language: navigator.language },
    page_url: location.href,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    screen: `${screen.width}x${screen.height}`,
  };
}

function send(path, body, headers = { "content-type": "application/json" }) {
  return fetch(`/${policy}${path}`, { method: "POST", headers, body });
}

const sendEvent = () => send("/stats/e/?ip=1&ver=1.449.2", JSON.stringify(event));

// ---- what became of it

function listen() {
  const feed = new EventSource("/demo/events");
  feed.addEventListener("hello", ({ data }) => {
    const hello = JSON.parse(data);
    const first = !event;
    exchanges.clear();
    at("history").replaceChildren();
    address = hello.address;
    if (!first) return;
    choose(hello.policy);
    event = analytics("$pageview");
    sendEvent();
  });
  feed.addEventListener("exchange", ({ data }) => {
    const exchange = JSON.parse(data);
    exchanges.set(exchange.number, exchange);
    remember(exchange);
    show(exchange.number);
  });
}

function choose(name) {
  policy = name;
  at("policy-says").textContent = SAYS[name];
  for (const input of document.querySelectorAll("[name=policy]")) input.checked = input.value === name;
}

function tally(rows) {
  const counts = { removed: 0, changed: 0, kept: 0 };
  for (const row of rows.filter(aboutYou)) counts[row.fate] += 1;
  return { ...counts, all: counts.removed + counts.changed + counts.kept };
}

function aboutYou(row) {
  return row.fate !== "added" && row.categories.some(({ category }) => !ABOUT_NOBODY.has(category));
}

function remember(exchange) {
  const counts = tally(exchange.rows);
  const button = element("button", { type: "button" }, `${title(exchange)} · ${exchange.policy} · ${counts.removed}/${counts.all}`);
  button.dataset.number = exchange.number;
  button.addEventListener("click", () => show(exchange.number));
  at("history").prepend(element("li", {}, button));
  while (at("history").children.length > MOST) {
    exchanges.delete(Number(at("history").lastChild.firstChild.dataset.number));
    at("history").lastChild.remove();
  }
}

function title(exchange) {
  const route = exchange.route.replace(`-${exchange.policy}`, "");
  try {
    return JSON.parse(exchange.sent.body).event?.replace("$pageview", "page view") ?? route;
  } catch {
    return route;
  }
}

function show(number) {
  const exchange = exchanges.get(number);
  if (!exchange) return;
  for (const button of at("history").querySelectorAll("button")) {
    button.setAttribute("aria-current", Number(button.dataset.number) === number);
  }
  const card = element("article", { class: "card" }, heading(exchange), table(exchange), wire(exchange));
  at("both").replaceChildren(card);
  at("told").textContent = card.querySelector(".sum").textContent;
}

function heading(exchange) {
  const { removed, changed, kept, all } = tally(exchange.rows);
  const sum = element("p", { class: "sum" }, element("b", {}, `${removed} of ${all}`), " values about you stayed home");
  const rest = exchange.received
    ? `${changed || "none"} left coarser or as a stand-in, ${kept || "none"} as sent`
    : `privet answered ${exchange.status}: what it cannot read does not leave, and the vendor heard nothing`;
  const meter = element("div", { class: "meter", "aria-hidden": "true" });
  for (const [fate, count] of Object.entries({ removed, changed, kept }).filter(([, count]) => count)) {
    const part = element("i", { class: fate });
    part.style.flexGrow = count;
    meter.append(part);
  }
  return element("header", {}, sum, element("p", { class: "rest" }, rest), meter, chips(exchange.rows));
}

function chips(rows) {
  const counts = new Map();
  for (const row of rows.filter(aboutYou)) {
    for (const { category } of row.categories) {
      const key = `${row.fate} ${category}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  const all = element("div", { class: "chips" });
  for (const fate of ["removed", "changed", "kept"]) {
    for (const [key, count] of [...counts].sort()) {
      const [its, category] = key.split(" ");
      if (its === fate) all.append(chip(count > 1 ? `${plain(category)} × ${count}` : plain(category), fate));
    }
  }
  return all;
}

const plain = (category) => category.replaceAll("_", " ");
const chip = (text, fate) => element("span", { class: `chip ${fate}` }, text);

function table(exchange) {
  const { sent, received } = exchange;
  const head = element("thead", {}, element("tr", {},
    element("th", { scope: "col" }, element("span", { class: "unseen" }, "what")),
    side("Your browser sent", `from ${sent.from}`, sent),
    hedge("th"),
    received
      ? side("The vendor received", `from ${received.from}, which is privet`, received)
      : element("th", { scope: "col" }, "The vendor received", element("small", {}, "nothing"))));
  const body = element("tbody");
  let part = "";
  for (const row of exchange.rows) {
    if (row.part !== part) {
      part = row.part;
      body.append(element("tr", { class: "group" },
        element("th", { colspan: "2", scope: "rowgroup" }, part), hedge("td"), element("td")));
    }
    body.append(line(row));
  }
  const widths = element("colgroup", {}, ...["c-name", "", "c-hedge", ""].map((name) => element("col", { class: name })));
  return element("table", {}, widths, head, body);
}

function side(name, from, message) {
  return element("th", { scope: "col" }, name, element("small", {}, from), element("code", {}, message.line));
}

const hedge = (kind) => element(kind, { class: "hedge", "aria-hidden": "true" });

function line(row) {
  const name = element("code", { title: row.name }, ...shortened(row.name));
  const tags = row.categories.map(({ category, action }) => {
    const tag = chip(plain(category), row.fate);
    tag.title = DONE[action] ?? action;
    return tag;
  });
  if (row.fate === "added") tags.push(chip("set by privet", "added"));
  return element("tr", { class: row.fate },
    element("th", { scope: "row" }, element("div", { class: "name" }, name, element("span", {}, ...tags))),
    value("sent", row.sent),
    hedge("td"),
    value("got", row.received));
}

// The last two steps of a pointer; that events have properties goes without saying.
function shortened(name) {
  const steps = name.split("/");
  const last = steps.pop() || "(all of it)";
  const parent = steps.pop();
  return parent && parent !== "properties" ? [element("span", {}, `${parent}/`), last] : [last];
}

function value(side, text) {
  if (text !== null) return element("td", { class: side }, text === "" ? "(empty)" : text);
  return element("td", { class: side }, element("span", { "aria-hidden": "true" }, side === "got" ? "·" : ""), element("span", { class: "unseen" }, "nothing"));
}

function wire({ sent, received }) {
  return element("details", {},
    element("summary", {}, "As it was on the wire, whole"),
    element("div", { class: "wire" },
      element("pre", { tabindex: "0", "aria-label": "sent" }, whole(sent)),
      element("pre", { tabindex: "0", "aria-label": "received" }, received ? whole(received) : "nothing")));
}

function whole({ line, headers, body }) {
  let text = body;
  try {
    text = JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    // Not JSON: shown as it is.
  }
  return [line, ...headers.map(([name, value]) => `${name}: ${value}`), "", text].join("\n");
}

function element(kind, attributes = {}, ...children) {
  const made = document.createElement(kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// ---- the shop's buttons

function say(whose, text, note) {
  const said = element("p", { class: whose }, text);
  if (note) said.append(element("small", {}, note));
  at("talk").append(said);
  at("talk").scrollTop = at("talk").scrollHeight;
}

let draft = "";
at("text").addEventListener("input", ({ target }) => {
  if (target.value.length > draft.length) draft = target.value;
});

at("chat").addEventListener("submit", async (submitted) => {
  submitted.preventDefault();
  const text = at("text").value;
  at("text").value = "";
  say("yours", text);
  const answer = await send("/chat/messages", JSON.stringify(chat(text, draft)));
  draft = "";
  const heard = answer.ok ? (await answer.json()).received?.body?.text : undefined;
  if (heard === undefined) say("theirs", "Nothing reached us.");
  else say("theirs", `“${heard}”`, "is all that the vendor's agent can read");
});

at("view").addEventListener("click", () => {
  event = analytics("$pageview");
  sendEvent();
});

at("basket").addEventListener("click", () => {
  event = analytics("added to basket", { product: "privet-60", price: 12.5 });
  sendEvent();
});

at("nonsense").addEventListener("click", () => {
  send("/stats/e/", new Uint8Array([0x93, 0x01, 0xfe, 0xc4, 0x80, 0x00]), { "content-type": "application/octet-stream" });
});

for (const input of document.querySelectorAll("[name=policy]")) {
  input.addEventListener("change", () => {
    choose(input.value);
    sendEvent();
  });
}

const session = crypto.randomUUID();
const visitor = arrive();
listen();
