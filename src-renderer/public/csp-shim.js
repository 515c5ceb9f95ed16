// A classic script of its own, not bundled: it runs while the page is read, before any module of it.
{
  // The page's policy allows <style> elements only with the nonce of this very response; antd makes its scroll-lock style
  // without asking for one, so every style element made from here on carries it.
  const nonce = document.querySelector('meta[name="csp-nonce"]')?.getAttribute("content") ?? "";
  const createElement = Document.prototype.createElement;
  Document.prototype.createElement = function (name, options) {
    const element = createElement.call(this, name, options);
    if (String(name).toLowerCase() === "style") element.setAttribute("nonce", nonce);
    return element;
  };

  // Style text passes through innerHTML in antd; markup never may. Scripts and script addresses have no policy: refused.
  globalThis.trustedTypes?.createPolicy("default", {
    createHTML(text) {
      if (text.includes("<")) throw new TypeError("Markup from text is refused.");
      return text;
    },
  });
}
