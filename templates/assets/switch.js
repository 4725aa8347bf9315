/* The same place in the other language, a link to a paragraph, the edition read last.
   Pages work without this; links then lead to the top of the other page. */
(() => {
  "use strict";
  const root = document.documentElement, main = document.querySelector("main") || document.body;
  const links = 'a[rel~="alternate"]', label = document.currentScript.dataset.link;
  const memory = (key, value) => {
    try { // a page opened from disk may have none
      if (value === undefined) return localStorage.getItem(`dozaban.${key}`);
      localStorage.setItem(`dozaban.${key}`, value);
    } catch { return null; }
  };
  const blocks = [...main.querySelectorAll('[id*="b-"]:not(.anchor)')].filter((one) => /(^|-)b-[\da-f]{8}/.test(one.id));
  const named = (block) => { // side by side, the second of two begins with its language
    const own = `${block.closest(".side")?.lang}-`;
    return block.id.startsWith(`${own}b-`) ? block.id.slice(own.length) : block.id;
  };
  const edge = () => parseFloat(getComputedStyle(root).scrollPaddingTop) || 0;

  // Where the reader is: the block that the address names, else the first one in view.
  // A height is in pixels below the edge, or, of what has begun above it, a part of the block.
  let place = "", held = false, moved = false, waiting = 0;
  const look = () => {
    waiting = 0;
    if (held) return;
    const top = edge(), box = (one) => one.getBoundingClientRect();
    const target = document.querySelector(":target");
    let block = target && blocks.find((one) => one.contains(target));
    if (block && (box(block).bottom <= top || box(block).top >= innerHeight)) block = null;
    const title = main.querySelector("h1");
    if (!block && !(title && box(title).bottom > top))
      block = blocks.find((one) => box(one).bottom > top + Math.min(24, box(one).height / 2)) || blocks.at(-1);
    if (!block) return (place = "");
    const at = box(block).top - top;
    place = `${named(block)} ${at < 0 ? at / box(block).height : at}`;
  };
  const soon = () => { waiting ||= requestAnimationFrame(look); };
  addEventListener("scroll", soon, { passive: true });
  addEventListener("resize", soon);
  addEventListener("hashchange", soon);
  // Focus that goes to a link outside the text takes the page along, and not the reader.
  for (const type of ["wheel", "touchmove", "keydown", "pointerdown"])
    addEventListener(type, () => { held = false; moved = true; }, { capture: true, passive: true });
  addEventListener("focusin", ({ target }) => { held = !main.contains(target) || target.matches(links); });

  for (const type of ["pointerdown", "contextmenu", "focusin", "click"])
    addEventListener(type, ({ target }) => {
      const link = target.closest?.(`${links}, .switch a`);
      if (!link) return;
      if (link.matches(links)) {
        link.hash = place.split(" ")[0];
        memory("place", place);
      }
      if (type === "click" && link.hreflang) {
        memory("language", link.hreflang);
        memory("quiet", "");
      }
    }, true);

  const [id, at] = (memory("place") || "").split(" ");
  const target = id && location.hash === `#${id}` && document.getElementById(id);
  if (target) {
    const block = blocks.find((one) => one.contains(target)) || target;
    const settle = () => {
      if (moved) return;
      target.style.scrollMarginTop = `${at < 0 ? at * block.offsetHeight : at}px`;
      target.scrollIntoView({ behavior: "instant" });
    };
    settle();
    addEventListener("load", settle);
    memory("place", "");
  }
  look();

  // The edition read last: offered, and never more than that.
  const language = memory("language");
  for (const offer of main.querySelectorAll(".offer")) {
    offer.hidden = offer.lang !== language || memory("quiet") === root.lang;
    offer.querySelector("button")?.addEventListener("click", () => {
      offer.hidden = true;
      memory("quiet", root.lang);
    });
  }
  for (const door of main.querySelectorAll(".doors li"))
    if (door.lang === language) {
      door.querySelector(".last")?.removeAttribute("hidden");
      door.parentNode.prepend(door);
    }

  // One link for all paragraphs: it goes to the one under the pointer, or by arrow keys.
  const stops = blocks.filter((one) => one.matches(".body :is(p, li, div, h2, h3, h4, h5, h6)") && one.textContent.trim());
  if (!label || !stops.length) return;
  const here = document.createElement("a");
  here.className = "here";
  here.setAttribute("aria-label", label);
  const sit = (block) => {
    here.href = `#${named(block)}`;
    block.append(here);
  };
  sit(stops[0]);
  main.addEventListener("pointerover", ({ target }) => {
    const block = here !== document.activeElement && stops.find((one) => one.contains(target));
    if (block && block !== here.parentNode) sit(block);
  });
  here.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const next = step && stops[stops.indexOf(here.parentNode) + step];
    if (!next) return;
    event.preventDefault();
    sit(next);
    here.focus();
  });
})();
