"use strict";
// The words of `text` that are not in the longest common sequence of words with `other`.
const differing = (text, other) => {
  const words = text.split(/(\s+)/), own = words.filter((_, at) => at % 2 === 0), first = other.split(/\s+/);
  const table = Array.from({ length: own.length + 1 }, () => new Uint16Array(first.length + 1));
  for (let i = own.length - 1; i >= 0; i--)
    for (let j = first.length - 1; j >= 0; j--)
      table[i][j] = own[i] === first[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
  const extra = new Set();
  for (let i = 0, j = 0; i < own.length; )
    if (j < first.length && own[i] === first[j]) { i++; j++; }
    else if (j < first.length && table[i][j + 1] >= table[i + 1][j]) j++;
    else extra.add(2 * i++);
  return words.map((word, at) => [word, extra.has(at)]);
};

const answer = (name, [text, cut], other) => {
  const article = element("article"), said = element("p");
  article.append(element("h4", name), said);
  if (other === undefined) said.textContent = text;
  else for (const [word, extra] of differing(text, other)) said.append(extra && word ? element("mark", word) : word);
  if (!text) said.append(element("small", "(an empty answer)"));
  if (cut) article.append(element("small", "cut at its limit of tokens"));
  return article;
};

const battle = ([a, b, winner, judge, reason]) => {
  const row = element("tr"), name = (at) => data.rows[at].name;
  const better = winner === null ? "neither" : name(winner);
  row.append(...[name(a), name(b), better, judge, reason].map((text) => element("td", text)));
  return row;
};

const showBattles = (sample, shown) => {
  if (!one("#fought")) return;
  const { rows, left_out: missing } = data.battles[sample.id] || { rows: [], left_out: 0 };
  const seen = rows.filter(([a, b]) => [a, b].every((at) => shown.includes(data.rows[at].name)));
  one("#fought tbody").replaceChildren(...seen.map(battle));
  one("#fought-count").textContent = `${seen.length} of the ${rows.length + missing} battles over this question: those between who is in view`
    + (missing ? `; ${missing} are in battles.jsonl alone.` : ".");
};

const showAnswers = () => {
  if (!one("#question")) return;
  const sample = data.samples[one("#question").value], shown = inView().filter((name) => name in sample.answers);
  const against = one("#against").value;
  const other = (name) => (against === "base" ? data.bases[name] : against && name !== shown[0] ? shown[0] : undefined);
  one("#asked").textContent = sample.question;
  one("#said").replaceChildren(...shown.map((name) => answer(name, sample.answers[name], sample.answers[other(name)]?.[0])));
  if (!shown.length) one("#said").textContent = "Nobody in view answered this; tick some in the leaderboard.";
  showBattles(sample, shown);
};
