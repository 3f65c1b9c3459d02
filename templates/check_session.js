(function () {
  "use strict";

  // SHA-256 (FIPS 180-4), by hand: crypto.subtle is not in every browser, nor on plain http.
  var K = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
  ];
  var H = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
  ];

  function right(x, n) { return (x >>> n) | (x << (32 - n)); }

  function hex(word) {
    return ("0000000" + (word >>> 0).toString(16)).slice(-8);
  }

  function sha256(text) {
    var bytes = unescape(encodeURIComponent(text));
    var length = bytes.length;
    var count = ((length + 8) >> 6) + 1;
    var words = [], h = H.slice(0), w = [];
    var a, b, c, d, e, f, g, i, j, k, s, t;
    for (i = 0; i < count * 16; i += 1) { words[i] = 0; }
    for (i = 0; i < length; i += 1) { words[i >> 2] |= bytes.charCodeAt(i) << (24 - (i % 4) * 8); }
    words[length >> 2] |= 0x80 << (24 - (length % 4) * 8);
    words[count * 16 - 1] = length * 8;
    for (i = 0; i < words.length; i += 16) {
      a = h[0]; b = h[1]; c = h[2]; d = h[3]; e = h[4]; f = h[5]; g = h[6]; k = h[7];
      for (j = 0; j < 64; j += 1) {
        if (j < 16) {
          w[j] = words[i + j];
        } else {
          s = right(w[j - 15], 7) ^ right(w[j - 15], 18) ^ (w[j - 15] >>> 3);
          t = right(w[j - 2], 17) ^ right(w[j - 2], 19) ^ (w[j - 2] >>> 10);
          w[j] = (w[j - 16] + s + w[j - 7] + t) | 0;
        }
        s = right(e, 6) ^ right(e, 11) ^ right(e, 25);
        t = (k + s + ((e & f) ^ (~e & g)) + K[j] + w[j]) | 0;
        s = right(a, 2) ^ right(a, 13) ^ right(a, 22);
        s = (s + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        k = g; g = f; f = e; e = (d + t) | 0; d = c; c = b; b = a; a = (t + s) | 0;
      }
      h[0] = (h[0] + a) | 0; h[1] = (h[1] + b) | 0; h[2] = (h[2] + c) | 0; h[3] = (h[3] + d) | 0;
      h[4] = (h[4] + e) | 0; h[5] = (h[5] + f) | 0; h[6] = (h[6] + g) | 0; h[7] = (h[7] + k) | 0;
    }
    t = "";
    for (i = 0; i < 8; i += 1) { t += hex(h[i]); }
    return t;
  }

  // What the browser holds of the login; nothing is a state too.
  function browserState() {
    var name = (location.protocol === "https:" ? "__Host-" : "") + "browser-state=";
    var pairs = document.cookie.split(";"), i, pair;
    for (i = 0; i < pairs.length; i += 1) {
      pair = pairs[i].replace(/^\s+/, "");
      if (pair.indexOf(name) === 0) { return pair.substring(name.length); }
    }
    return "";
  }

  // OpenID Connect Session Management 1.0 section 3.2, with section 3.3's three answers.
  function answer(data, origin) {
    var said = /^([^ ]+) ([0-9a-f]{64})\.([A-Za-z0-9_-]+)$/.exec(String(data));
    if (!said) { return "error"; }
    return sha256(said[1] + " " + origin + " " + browserState() + " " + said[3]) === said[2]
      ? "unchanged"
      : "changed";
  }

  window.addEventListener("message", function (event) {
    // A page without an origin cannot be answered, nor has it a state.
    if (!event.source || !/^https?:/.test(event.origin)) { return; }
    event.source.postMessage(answer(event.data, event.origin), event.origin);
  }, false);
}());
