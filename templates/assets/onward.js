// Goes on once every service has loaded its page in its frame, or after a while; the
// link does the same by hand. Where no scripts run, the page itself goes on.
"use strict";
(function () {
  var link = document.getElementById("onward");
  if (!link) return;
  var go = function () { window.location.replace(link.href); };
  if (document.readyState === "complete") go();
  window.addEventListener("load", go);
  window.setTimeout(go, 5000);
})();
