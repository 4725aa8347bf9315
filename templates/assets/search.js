/* The search page: asks Pagefind's index beside it, and shows what it finds. Needs fold.js. */
"use strict";

(() => {
  const form = document.querySelector("form.finder");
  if (!form) return;
  const { shards, digits, found, near, nothing, failed, disk } = form.dataset;
  const field = form.elements.q;
  const status = document.querySelector("[role=status]");
  const list = document.querySelector("ol.found");
  const more = document.querySelector(".more");
  const card = document.querySelector("main template");
  const elsewhere = document.querySelectorAll(".again a, .switch a");
  const folders = shards.split(" ").filter(Boolean).map((one) => new URL(one, location.href).href);
  const number = new Intl.NumberFormat(`${document.documentElement.lang}-u-nu-${digits}`);
  const STEP = 10;
  const shard = ({ id }) => id.slice(0, id.lastIndexOf("_"));
  let asked = 0, waiting, engine, stems, telling = [], results = [], shown = 0;

  const load = async () => {
    const pagefind = await import(`${folders[0]}pagefind.js`);
    await pagefind.options({ ranking: { metaWeights: { title: 5, summary: 2, names: 2 } } });
    for (const folder of folders.slice(1)) await pagefind.mergeIndex(folder);
    const { languages } = await (await fetch(`${folders[0]}pagefind-entry.json`)).json();
    stems = Object.values(languages).some(({ wasm }) => wasm);
    return pagefind;
  };

  // Words as they are compared, joined ones in parts and whole; and whether a query's is a text's.
  const parts = (text) => fold(text).toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").match(/[\p{L}\p{N}]+/gu) ?? [];
  const forms = (word) => [...parts(word), parts(word).join("")];
  const endings = /^(|.?ing|.?e[drs]|.?ers|s|e|y|i?ly|ies|ied)$/u; // enough to tell runs and running from Nowruz and now
  const alike = (one, other) => {
    let count = 0;
    while (count < one.length && one[count] === other[count]) count++;
    if (count < 3 || /\p{N}/u.test(one)) return false;
    return count / one.length > 0.6 || [one, other].every((word) => endings.test(word.slice(count)));
  };
  const matches = (one, other) => other.includes(one) || (stems && alike(one, other));

  // The part of a text with most of what was found, marked. Where a word is found, the particles
  // beside it are not marked as well (می of each verb). Pagefind has < and > in texts as entities.
  const LENGTH = 24;
  const cut = (place, text, locations) => {
    const tokens = text.split("\u200b").map((one) => one.replaceAll("&lt;", "<").replaceAll("&gt;", ">"));
    const told = locations.filter((at) => forms(tokens[at] ?? "").some((one) => telling.some((word) => matches(word, one))));
    const marked = [...new Set(told.length ? told : locations)].sort((one, other) => one - other);
    let from = 0, most = 0;
    for (const first of marked) {
      const count = marked.filter((at) => at >= first && at < first + LENGTH - 4).length;
      if (count > most) [from, most] = [first, count];
    }
    from = Math.max(0, Math.min(from - 4, tokens.length - LENGTH));
    place.append(from ? "… " : "");
    tokens.slice(from, from + LENGTH).forEach((token, index) => {
      if (!marked.includes(from + index)) return place.append(token);
      const signs = [...token], bare = (sign) => /[\s\p{P}\p{Cf}]/u.test(sign);
      let start = 0, end = signs.length;
      while (start < end && bare(signs[start])) start++;
      while (end > start && bare(signs[end - 1])) end--;
      const [left, word, right] = [signs.slice(0, start), signs.slice(start, end), signs.slice(end)].map((all) => all.join(""));
      const mark = document.createElement("mark");
      mark.textContent = word;
      place.append(left, mark, right);
    });
    place.append(from + LENGTH < tokens.length ? " …" : "");
  };

  const show = ({ meta, locations, raw_content: text }) => {
    const item = card.content.cloneNode(true).firstElementChild;
    const write = (name, text) => {
      const place = item.querySelector(name);
      if (text) place.textContent = text;
      else place.remove();
      return place;
    };
    write("a", meta.title).href = meta.url;
    write(".mark", meta.note);
    write("bdi", meta.date);
    write(".by", meta.by);
    if (meta.date) item.querySelector("time").dateTime = meta.iso;
    else item.querySelector("time").remove();
    if (!(meta.note || meta.date || meta.by)) item.querySelector(".dateline").remove();
    const summary = write(".summary", meta.summary);
    if (meta.lang) Object.assign(summary, { lang: meta.lang, dir: meta.dir });
    const passage = item.querySelector(".passage");
    if (locations.length) cut(passage, text, locations);
    else passage.remove();
    list.append(item);
    return item;
  };

  // A part of the index that lacks a word leaves it out, or takes a word that begins it.
  // So look whether the best of each part has all words: where any part's has, the others go.
  const has = ({ meta, raw_content: text, locations }, words) => {
    const tokens = text.split("\u200b");
    const pieces = [meta.title, meta.summary, meta.names].join(" ").split(/\s+/).concat(locations.map((at) => tokens[at] ?? ""));
    const there = pieces.flatMap(forms);
    return words.every((one) => there.some((other) => matches(one, other)));
  };
  const sift = async (found, words) => {
    const best = new Map(), kept = new Set();
    for (const one of found) if (!best.has(shard(one))) best.set(shard(one), one);
    await Promise.all([...best].map(async ([name, one]) => { if (has(await one.data(), words)) kept.add(name); }));
    return kept.size ? found.filter((one) => kept.has(shard(one))) : null;
  };

  // The next results, as the pieces that Pagefind has of them; none where a later search has begun.
  const page = async (mine) => {
    const next = await Promise.all(results.slice(shown, shown + STEP).map((one) => one.data()));
    if (mine !== asked) return [];
    shown += next.length;
    more.hidden = shown >= results.length;
    return next;
  };

  const say = (text) => { status.textContent = text; };

  const search = async () => {
    if (location.protocol === "file:") return say(disk);
    const words = field.value, query = words.trim() ? `?${new URLSearchParams({ q: words })}` : "";
    const folded = fold(words), mine = ++asked;
    history.replaceState(null, "", location.pathname + query);
    for (const link of elsewhere) link.search = query;
    let first, exact;
    try {
      const answer = folded && folders.length ? await (await (engine ??= load())).search(folded) : { results: [] };
      if (mine !== asked) return;
      const sifted = await sift(answer.results, parts(words));
      if (mine !== asked) return;
      exact = sifted !== null;
      telling = exact ? parts(words).filter((one) => one.length > 2) : [];
      results = sifted ?? answer.results;
      shown = 0;
      first = await page(mine);
    } catch {
      engine = undefined;
      first = null;
    }
    if (mine !== asked) return;
    list.replaceChildren();
    if (!first) return say(failed);
    first.forEach(show);
    const said = !results.length ? nothing : exact ? found : near;
    say(folded ? said.replace("{n}", number.format(results.length)) : "");
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    search();
  });
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, 250);
  });
  more.querySelector("button").addEventListener("click", async () => {
    const [first] = (await page(asked).catch(() => [])).map(show);
    first?.querySelector("a").focus();
  });

  field.value = new URLSearchParams(location.search).get("q") ?? "";
  if (field.value || location.protocol === "file:") search();
})();
