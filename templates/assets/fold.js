/* What readers spell in several ways, made one: the same as pipeline/folding.py, for what they type. */
"use strict";

const fold = (() => {
  const same = {
    "ا": "آأإٱٲٳ", "ه": "ةھۀہۂۃە", "و": "ؤ", "ی": "ىيئؠےۓ", "ک": "كڪ",
    "%": "٪", ".": "٫", ",": "٬", "'": "‘’ʼ", "-": "‐‑",
  };
  // the zeros of CLDR's digits; a digit is so many behind its zero
  const zeros = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0,
    0xf20, 0x1040, 0x17e0, 0x1c50, 0xabf0, 0x11136, 0x1e140, 0x1e950,
  ];
  const changed = new Map();
  for (const one in same) for (const other of same[one]) changed.set(other, one);
  for (const zero of zeros) for (let n = 0; n < 10; n++) changed.set(String.fromCodePoint(zero + n), String(n));
  const changes = new RegExp(`[${[...changed.keys()].join("")}]`, "gu");
  const dropped = /[\u00ad\u0600-\u0605\u0610-\u061a\u061c\u0621\u0640\u064b-\u065f\u0670\u0674\u06d6-\u06dd\u06df-\u06e8\u06ea-\u06ed\u08ca-\u08ff\u200d-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]+/gu;
  const gaps = /[\x00-\x20\x7f-\xa1\xab\xb6\xb7\xbb\xbf\u060c\u060d\u061b\u061d-\u061f\u066d\u06d4\u1680\u2000-\u200c\u2012-\u2017\u201a-\u2029\u202f-\u205f\u3000-\u3003\u3008-\u301f]+/gu;
  const settled = (text) => text.replace(dropped, "").normalize("NFKC");
  return (text) =>
    settled(settled(text.replace(gaps, " ")))
      .replace(changes, (one) => changed.get(one)).replace(gaps, " ").replace(/^ | $/g, "");
})();
