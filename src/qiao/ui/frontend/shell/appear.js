// Elements come and go with every swap: whoever cares says so once.

const cares = [];

/** Call `does(element)` for each element that matches, now and whenever one appears. */
export function onAppear(selector, does) {
  cares.push({ selector, does });
  for (const found of document.querySelectorAll(selector)) does(found);
}

/** Call `does()` a moment after anything in the page has changed; many changes are one call. */
export function onChange(does, attributes = []) {
  let due = 0;
  new MutationObserver(() => {
    if (due) return;
    due = setTimeout(() => {
      due = 0;
      does();
    }, 30);
  }).observe(document.body, {
    childList: true,
    subtree: true,
    ...(attributes.length ? { attributes: true, attributeFilter: attributes } : {}),
  });
}

new MutationObserver((changes) => {
  for (const change of changes) {
    for (const node of change.addedNodes) {
      if (node.nodeType !== Node.ELEMENT_NODE || !node.isConnected) continue;
      for (const { selector, does } of cares) {
        if (node.matches(selector)) does(node);
        for (const found of node.querySelectorAll(selector)) does(found);
      }
    }
  }
}).observe(document.documentElement, { childList: true, subtree: true });
