"use strict";
// In the head, so that a dark page is never light at first. What is chosen is kept only while it differs from the system.
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
const setTheme = (theme) => {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
};
const switchTheme = () => {
  const system = systemIsDark.matches ? "dark" : "light";
  const shown = document.documentElement.dataset.theme || system;
  const chosen = shown === "dark" ? "light" : "dark";
  if (chosen === system) localStorage.removeItem("theme");
  else localStorage.setItem("theme", chosen);
  setTheme(localStorage.getItem("theme"));
};
setTheme(localStorage.getItem("theme"));
