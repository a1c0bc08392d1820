// The chat page: shows the simulated Zalo's messages as they come, and sends what the chosen person writes.
const $ = (selector) => document.querySelector(selector);
const world = await (await fetch("/sandbox/api/state")).json();
const people = new Map(world.people.map((person, number) => [person.id, { ...person, colour: `c${number % 4}` }]));
const messages = new Map();
const unread = new Map();
const view = { person: world.people[0].id, inGroup: true, quote: null };

const chatOf = (person, inGroup) => (inGroup ? world.group.id : person);
const open = () => chatOf(view.person, view.inGroup);
const nameOf = (id) => people.get(id)?.name ?? (id === world.oa.id ? world.oa.name : id);
const initials = (name) => name.split(/\s+/).slice(-2).map((part) => part[0]).join("").toUpperCase();
const mentionNames = (text) => text.replace(/\[@(\w+)\]/g, (_, id) => `@${nameOf(id)}`);
const audience = (chat) => (chat === world.group.id ? world.people.map((person) => person.id) : [chat]);

function avatar(node, id) {
  const person = people.get(id);
  node.className = `avatar ${person ? person.colour : id === world.group.id ? "group" : "oa"}`;
  node.textContent = initials(person ? person.name : id === world.group.id ? "Nhóm Thử" : world.oa.name);
}

function row(id, title, small, count) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "row";
  const picture = document.createElement("span");
  picture.setAttribute("aria-hidden", "true");
  avatar(picture, id);
  const words = document.createElement("span");
  const name = document.createElement("b");
  name.textContent = title;
  const about = document.createElement("small");
  about.textContent = small;
  words.append(name, about);
  button.append(picture, words);
  if (count) {
    const badge = document.createElement("span");
    badge.className = "badge";
    badge.textContent = count > 99 ? "99+" : count;
    badge.setAttribute("aria-label", `${count} tin chưa đọc`);
    button.append(badge);
  }
  return button;
}

function drawSide() {
  const count = (person, inGroup) => unread.get(`${person}/${chatOf(person, inGroup)}`) ?? 0;
  $("#people").replaceChildren(...world.people.map((person) => {
    const others = person.id === view.person ? 0 : count(person.id, true) + count(person.id, false);
    const button = row(person.id, person.name, person.about, others);
    button.dataset.person = person.id;
    button.setAttribute("role", "radio");
    button.setAttribute("aria-checked", String(person.id === view.person));
    button.addEventListener("click", () => show({ person: person.id }));
    return button;
  }));
  const chats = [[true, world.group.id, world.group.name, "Nhóm, 4 người"], [false, world.oa.id, world.oa.name, "Nhắn riêng với bot"]];
  $("#chats").replaceChildren(...chats.map(([inGroup, id, title, small]) => {
    const button = row(id, title, small, count(view.person, inGroup));
    button.dataset.chat = inGroup ? "group" : "private";
    button.setAttribute("aria-current", String(inGroup === view.inGroup));
    button.addEventListener("click", () => { show({ inGroup }); closeMenu(); });
    return button;
  }));
}

function richText(node, text) {
  for (const part of text.split(/(\[@\w+\]|https?:\/\/[^\s)]+)/)) {
    const mention = part.match(/^\[@(\w+)\]$/);
    if (mention) {
      const at = document.createElement("span");
      at.className = "at";
      at.textContent = `@${nameOf(mention[1])}`;
      node.append(at);
    } else if (/^https?:\/\//.test(part)) {
      const link = document.createElement("a");
      link.href = part;
      link.target = "_blank";
      link.rel = "noopener noreferrer";
      link.textContent = part;
      node.append(link);
    } else {
      node.append(part);
    }
  }
}

function draw(message) {
  const item = $("#message").content.firstElementChild.cloneNode(true);
  item.dataset.id = message.id;
  item.classList.toggle("mine", message.sender === view.person);
  item.classList.toggle("bot", message.sender === world.oa.id);
  avatar(item.querySelector(".avatar"), message.sender);
  item.querySelector(".who").textContent = nameOf(message.sender);
  const text = item.querySelector(".text");
  if (message.image) {
    const photo = document.createElement("button");
    photo.type = "button";
    photo.className = "photo";
    photo.setAttribute("aria-label", "Phóng to ảnh");
    const image = document.createElement("img");
    image.src = message.image;
    image.alt = `Ảnh của ${nameOf(message.sender)}`;
    image.addEventListener("load", () => item.isConnected && toEnd());
    photo.append(image);
    photo.addEventListener("click", () => { $("#viewer img").src = message.image; $("#viewer").showModal(); });
    text.append(photo);
  }
  richText(text, message.text || (message.image ? "" : `(${message.kind})`));
  const quoted = messages.get(message.quote);
  if (quoted) {
    const button = item.querySelector(".quoted");
    button.hidden = false;
    button.textContent = `${nameOf(quoted.sender)}: ${mentionNames(quoted.text).slice(0, 120)}`;
    button.addEventListener("click", () => jumpTo(quoted.id));
  }
  if (message.buttons.length) {
    const box = item.querySelector(".buttons");
    box.hidden = false;
    for (const choice of message.buttons) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = choice.title;
      button.addEventListener("click", () => send(choice.payload));
      box.append(button);
    }
  }
  const at = new Date(message.sent_ms);
  const time = item.querySelector("time");
  time.dateTime = at.toISOString();
  time.textContent = at.toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit", hour12: false });
  item.querySelector(".reply").addEventListener("click", () => quote(message));
  return item;
}

function toEnd() { $("#messages").scrollTop = $("#messages").scrollHeight; }

function jumpTo(id) {
  const item = $(`.message[data-id="${id}"]`);
  item?.scrollIntoView({ block: "center" });
  item?.classList.add("flash");
  setTimeout(() => item?.classList.remove("flash"), 1200);
}

function drawMessages() {
  const mine = [...messages.values()].filter((message) => message.chat === open());
  $("#messages").replaceChildren(...mine.map(draw));
  toEnd();
}

function drawSamples() {
  const role = people.get(view.person).role;
  const samples = world.samples[role].concat(role === "supervisor" ? world.samples.technician : []);
  $("#samples").replaceChildren(...samples.map((sample) => {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.sample = "";
    button.textContent = sample;
    button.title = sample;
    button.addEventListener("click", () => send(sample));
    return button;
  }));
}

function show(change) {
  Object.assign(view, change, { quote: null });
  unread.delete(`${view.person}/${open()}`);
  $("#title").textContent = view.inGroup ? world.group.name : world.oa.name;
  $("#subtitle").textContent = `Bạn là ${nameOf(view.person)}${view.inGroup ? "" : ", nhắn riêng với bot"}`;
  drawQuote();
  drawSide();
  drawMessages();
  drawSamples();
}

function take(message) {
  if (messages.has(message.id)) return;
  messages.set(message.id, message);
  for (const person of audience(message.chat)) {
    const key = `${person}/${message.chat}`;
    const seen = person === message.sender || (person === view.person && message.chat === open());
    if (!seen) unread.set(key, (unread.get(key) ?? 0) + 1);
  }
  if (message.chat === open()) {
    $("#messages").append(draw(message));
    toEnd();
  }
  drawSide();
}

function quote(message) { view.quote = message.id; drawQuote(); $("#text").focus(); }

function drawQuote() {
  const quoted = messages.get(view.quote);
  $("#quoting").hidden = !quoted;
  if (quoted) $("#quoting span").textContent = `${nameOf(quoted.sender)}: ${mentionNames(quoted.text).slice(0, 100)}`;
}

async function send(text, image) {
  const body = { person: view.person, chat: view.inGroup ? world.group.id : "private", text, quote: view.quote, image };
  const answer = await fetch("/sandbox/api/send", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) { $("#status").textContent = "Không gửi được (ảnh PNG hoặc JPEG)"; return; }
  view.quote = null;
  drawQuote();
  take(await answer.json());
}

const box = $("#text");
const fit = () => { box.style.height = "auto"; box.style.height = `${box.scrollHeight}px`; };

function submit() {
  const text = withMentions(box.value.trim());
  if (!text) return;
  box.value = "";
  fit();
  send(text);
}

function withMentions(text) {
  const known = [[world.oa.name, world.oa.id], ...world.people.map((person) => [person.name, person.id])];
  return known.reduce((result, [name, id]) => result.replaceAll(`@${name}`, `[@${id}]`), text);
}

function drawPicker() {
  const typed = box.value.slice(0, box.selectionStart).match(/@([\p{L}]*)$/u);
  const known = [{ id: world.oa.id, name: world.oa.name, about: "bot" }, ...world.people];
  const wanted = typed ? known.filter((one) => one.id !== view.person && one.name.toLowerCase().includes(typed[1].toLowerCase())) : [];
  $("#picker").hidden = !wanted.length;
  $("#picker").replaceChildren(...wanted.map((one, number) => {
    const button = row(one.id, one.name, one.about);
    button.setAttribute("role", "option");
    button.setAttribute("aria-selected", String(number === 0));
    button.addEventListener("click", () => pick(one.name, typed[0].length));
    return button;
  }));
}

function pick(name, length) {
  const end = box.selectionStart;
  box.setRangeText(`@${name} `, end - length, end, "end");
  $("#picker").hidden = true;
  box.focus();
}

function closeMenu() { $("#side").classList.remove("open"); $("#menu").setAttribute("aria-expanded", "false"); }

box.addEventListener("input", () => { fit(); drawPicker(); });
box.addEventListener("keydown", (event) => {
  if (event.key === "Escape") $("#picker").hidden = true;
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if ($("#picker").hidden) submit(); else $("#picker .row").click();
});
$("#composer").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
$("#quoting button").addEventListener("click", () => { view.quote = null; drawQuote(); });
$("#image").addEventListener("change", () => {
  const file = $("#image").files[0];
  if (!file) return;
  const reader = new FileReader();
  reader.addEventListener("load", () => { send(withMentions(box.value.trim()), reader.result); box.value = ""; fit(); });
  reader.readAsDataURL(file);
  $("#image").value = "";
});
$("#menu").addEventListener("click", () => {
  const opened = $("#side").classList.toggle("open");
  $("#menu").setAttribute("aria-expanded", String(opened));
});
$("main").addEventListener("click", (event) => { if (!event.target.closest("#menu")) closeMenu(); });
$("#viewer").addEventListener("click", () => $("#viewer").close());

async function catchUp() {
  const now = await (await fetch("/sandbox/api/state")).json();
  now.messages.forEach(take);
}

world.messages.forEach((message) => messages.set(message.id, message));
show({});
const stream = new EventSource("/sandbox/api/events");
stream.addEventListener("open", () => { $("#status").textContent = "Đang nối"; $("#status").className = ""; catchUp(); });
stream.addEventListener("error", () => { $("#status").textContent = "Mất kết nối, đang nối lại…"; $("#status").className = "away"; });
stream.addEventListener("message", (event) => take(JSON.parse(event.data)));
