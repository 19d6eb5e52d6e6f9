"use strict";
// What the page asks of its own server, and the sentences when that fails.
const request = async (path, fields, signal) => {
  let response;
  try {
    response = await fetch(path, fields === undefined ? { signal } : {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(fields), signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server does not answer. Is hackmentor chat still running?");
  }
  if (response.ok) return response;
  const refusal = new Error((await response.json().catch(() => ({}))).error || `The server refused: ${response.status}.`);
  refusal.status = response.status;
  throw refusal;
};

const readLines = async function* (response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ;) {
    const { done, value } = await reader.read().catch((error) => {
      if (error.name === "AbortError") throw error;
      throw new Error("The connection was lost while they answered.");
    });
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    yield* lines.map((line) => JSON.parse(line));
  }
};
