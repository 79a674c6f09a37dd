function (name, labels, first) {
  "use strict";
  var script = document.currentScript;
  if (!script) return;
  // Several scripts of one route wait behind one button.
  var waiting = (window.privetWaiting = window.privetWaiting || {});
  if (waiting[name]) {
    waiting[name].push(script);
    return;
  }
  waiting[name] = [script];

  function load(old) {
    var real = document.createElement("script");
    Array.prototype.forEach.call(old.attributes, function (attribute) {
      if (attribute.name !== "src") real.setAttribute(attribute.name, attribute.value);
    });
    // The button's cookie must come and go with what the script loads.
    if (old.crossOrigin !== null) real.crossOrigin = "use-credentials";
    if (old.nonce) real.nonce = old.nonce;
    real.onload = old.onload;
    real.onerror = old.onerror;
    var source = old.src.split("#")[0];
    real.src = source + (source.indexOf("?") < 0 ? "?" : "&") + "privet=open";
    if (old.parentNode) old.parentNode.replaceChild(real, old);
    else document.head.appendChild(real);
  }

  // No weight: any rule of the site's own wins. No <style>, which a strict content policy would refuse.
  function dress() {
    try {
      var sheet = new CSSStyleSheet();
      sheet.replaceSync(
        ":where(.privet-open) { position: fixed; inset-inline-end: 1rem; bottom: 1rem; z-index: 2147483000;" +
          " padding: .75rem 1.25rem; border: 0; border-radius: 2rem; font: inherit; cursor: pointer;" +
          " color: #fff; background: #1f4e79; box-shadow: 0 2px 8px rgba(0, 0, 0, .3); }" +
          ":where(.privet-open:focus-visible) { outline: 3px solid #f2a900; outline-offset: 2px; }"
      );
      document.adoptedStyleSheets = Array.prototype.concat.apply([], [document.adoptedStyleSheets, [sheet]].map(
        function (sheets) { return Array.prototype.slice.call(sheets); }
      ));
    } catch (_) {
      // An old browser shows a plain button at the end of the page.
    }
  }

  function show() {
    var wanted = (document.documentElement.lang || navigator.language || "").toLowerCase();
    var language = [wanted, wanted.split("-")[0], first].filter(function (tag) {
      return Object.prototype.hasOwnProperty.call(labels, tag);
    })[0];
    var words = labels[language];
    var button = document.createElement("button");
    button.type = "button";
    button.id = "privet-open-" + name;
    button.className = "privet-open";
    button.lang = language;
    button.textContent = script.getAttribute("data-privet-label") || words.label;
    button.title = script.getAttribute("data-privet-hint") || words.hint;
    button.addEventListener("click", function () {
      var scripts = waiting[name];
      delete waiting[name];
      button.remove();
      scripts.forEach(load);
    });
    dress();
    document.body.appendChild(button);
  }

  if (document.body) show();
  else document.addEventListener("DOMContentLoaded", show);
}
