"use strict";
// Text of models reaches the page in two ways: as textContent, or as HTML that hackmentor/chat/web/render_markdown.py made.
const HINT = "Who is A and who is B is drawn for each conversation, and shown once you have voted.";
const one = (query) => document.querySelector(query);
const panes = [...document.querySelectorAll(".pane")];
const logs = panes.map((pane) => pane.querySelector(".log"));
const [text, composer, note] = [one("#text"), one("#composer"), one("#note")];
let key = sessionStorage.getItem("conversation");
let shown = { answering: false, vote: null, names: ["A", "B"], exchanges: [] };
let streaming = null; // the AbortController of the answers that this tab receives

// ---- conversations ----

const startConversation = async () => {
  const state = await (await request("conversations", {})).json();
  key = state.key;
  sessionStorage.setItem("conversation", key);
  show(state);
};

const loadConversation = async () => {
  const state = await (await request(`conversations/${key}`)).json();
  show(state);
  // Another tab receives these answers.
  if (state.answering) setTimeout(() => attempt(loadConversation), 500);
};

// ---- what is shown ----

const tell = (sentence, isError = false) => {
  note.textContent = sentence;
  note.classList.toggle("error", isError);
};

const attempt = async (action) => {
  try {
    return await action();
  } catch (error) {
    if (error.status === 404) await startConversation().catch(() => {});
    tell(error.message, true);
    return undefined;
  }
};

const make = (tag, className, content = "") => {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = content;
  return element;
};

const copied = new WeakMap(); // the text that a Copy button copies

const addExchange = (log, message, answer) => {
  const article = make("article", "answer");
  const body = make("div", "markdown");
  const ending = make("p", "ending", answer?.note);
  const copy = make("button", "copy", "Copy");
  copy.type = "button";
  copy.hidden = !answer?.text;
  copied.set(copy, answer?.text);
  body.innerHTML = answer?.html || "";
  article.classList.toggle("waiting", !answer);
  article.append(body, ending, copy);
  log.append(make("p", "question", message), article);
  return { article, body, copy };
};

const show = (state) => {
  shown = state;
  logs.forEach((log, side) => {
    const wasAtEnd = isAtEnd(log);
    const top = log.scrollTop;
    log.replaceChildren();
    state.exchanges.forEach((exchange) => addExchange(log, exchange.message, exchange.answers[side]));
    log.scrollTop = wasAtEnd ? log.scrollHeight : top;
    const won = state.vote === ["model_a", "model_b"][side];
    panes[side].classList.toggle("better", won);
    panes[side].querySelector("h2").textContent =
      state.vote ? `${"AB"[side]} was ${state.names[side]}${won ? " ✓" : ""}` : "AB"[side];
  });
  if (state.vote) tell(`A was ${state.names[0]}, B was ${state.names[1]}. Your vote is saved.`);
  else tell(state.answering ? "Both are answering, in another tab." : HINT);
  showButtons();
};

const showButtons = () => {
  const busy = streaming !== null || shown.answering;
  const votable = !busy && !shown.vote && shown.exchanges.length > 0;
  document.querySelectorAll("#votes button").forEach((button) => { button.disabled = !votable; });
  one("#send").hidden = busy;
  one("#stop").hidden = !busy;
  one("#send").disabled = Boolean(shown.vote);
  one("#new").classList.toggle("primary", Boolean(shown.vote));
  logs.forEach((log) => log.setAttribute("aria-busy", busy));
};

const isAtEnd = (log) => log.scrollHeight - log.scrollTop - log.clientHeight < 40;
const showLatest = (log) => { log.parentElement.querySelector(".latest").hidden = isAtEnd(log); };
const scrollToEnd = (log) => { log.scrollTop = log.scrollHeight; };

// Only the blocks that changed, so that what a reader has selected above stays selected.
const updateBlocks = (body, html) => {
  const template = document.createElement("template");
  template.innerHTML = html;
  const blocks = [...template.content.children];
  blocks.forEach((block, at) => {
    const old = body.children[at];
    if (!old) body.append(block);
    else if (!old.isEqualNode(block)) old.replaceWith(block);
  });
  while (body.children.length > blocks.length) body.lastElementChild.remove();
};

// ---- to ask ----

// Returns whether both answered; undefined if the reader has left for a new conversation.
const receiveAnswers = async (path, fields, message) => {
  const controller = new AbortController();
  streaming = controller;
  const live = logs.map((log) => addExchange(log, message));
  logs.forEach(scrollToEnd);
  tell("Both are answering …");
  showButtons();
  let end = null;
  let failure = "The connection was lost while they answered.";
  try {
    for await (const line of readLines(await request(path, fields, controller.signal))) {
      if (line.state) end = line;
      else grow(line, live[line.side]);
    }
  } catch (error) {
    if (controller.signal.aborted) return undefined;
    failure = error.message;
  }
  streaming = null;
  if (end) show(end.state);
  else await loadConversation().catch((error) => (error.status === 404 ? startConversation() : show(shown))).catch(() => {});
  if (end && !end.error) return true;
  tell(end ? end.error : failure, true);
  return false;
};

const grow = (line, { article, body, copy }) => {
  const log = logs[line.side];
  const wasAtEnd = isAtEnd(log);
  article.classList.remove("waiting");
  updateBlocks(body, line.html);
  copy.hidden = false;
  copied.set(copy, line.text);
  if (wasAtEnd) scrollToEnd(log);
  showLatest(log);
};

const send = async () => {
  const message = text.value;
  if (!message.trim()) return;
  if (streaming || shown.answering || shown.vote) {
    tell(shown.vote ? "This conversation is voted on: start a new one."
      : "Both are still answering: wait until they have ended, or press Stop.", true);
    return;
  }
  setText("");
  const [asked, before] = [key, shown.exchanges.length];
  const answered = await receiveAnswers(`conversations/${key}/send`, { text: message }, message);
  // What was not answered goes back to where it was typed, unless something new is there.
  const isKept = asked === key && shown.exchanges.length > before;
  if (answered === false && !isKept && !text.value) setText(message);
};

const retry = () => {
  const last = shown.exchanges.at(-1);
  logs.forEach((log) => { log.lastElementChild.remove(); log.lastElementChild.remove(); });
  return receiveAnswers(`conversations/${key}/retry`, {}, last.message);
};

const startAnew = async () => {
  if (streaming) {
    streaming.abort(); // the server ends the answers of a page that has gone
    streaming = null;
  }
  await startConversation();
  text.focus();
};

const vote = async (win) => {
  try {
    show(await (await request(`conversations/${key}/vote`, { win })).json());
  } catch (error) {
    if (error.status === 409) await loadConversation(); // another tab was first
    throw error;
  }
};

const copy = async (button) => {
  const code = button.closest(".code")?.querySelector("code").textContent;
  const content = code ?? copied.get(button);
  try {
    await navigator.clipboard.writeText(content);
  } catch { // by a plain http address of another machine
    const area = make("textarea", "offscreen");
    area.value = content;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  const label = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = label; }, 1200);
};

const fitText = () => {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + text.offsetHeight - text.clientHeight}px`;
};
const setText = (value) => { text.value = value; fitText(); };

text.addEventListener("keydown", (event) => {
  // keyCode 229: Safari's Enter that ends a composition no longer counts as composing.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  send();
});
text.addEventListener("input", fitText);
composer.addEventListener("submit", (event) => { event.preventDefault(); send(); });
one("#stop").addEventListener("click", () => attempt(() => request(`conversations/${key}/stop`, {})));
one("#new").addEventListener("click", () => attempt(startAnew));
one("#retry").addEventListener("click", retry);
one("#theme").addEventListener("click", switchTheme);
document.querySelectorAll("[data-win]").forEach((button) => {
  button.addEventListener("click", () => attempt(() => vote(button.dataset.win)));
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.matches(".copy")) copy(button);
  if (button?.matches(".latest")) scrollToEnd(button.parentElement.querySelector(".log"));
});
logs.forEach((log) => log.addEventListener("scroll", () => showLatest(log), { passive: true }));
new ResizeObserver(fitText).observe(composer);

if (matchMedia("(max-width: 700px)").matches) text.placeholder = "Ask both";
attempt(key ? loadConversation : startConversation);
