"use strict";
// What the scripts after this one share.
const data = JSON.parse(document.getElementById("data").textContent);
const one = (selector) => document.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const narrow = () => window.innerWidth < 600;
const element = (tag, text = "") => Object.assign(document.createElement(tag), { textContent: text });

const rowsOf = () => all("#board tbody tr");
const box = (row) => row.querySelector(".view");
const inView = () => rowsOf().filter((row) => !row.hidden && box(row).checked).map((row) => row.dataset.name);
