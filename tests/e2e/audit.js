// What anybody would object to on a page, found without a library: a list of sentences, empty when all is well.
() => {
  const objections = [];
  const shown = (node) => node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const called = (node) => `<${node.tagName.toLowerCase()} class="${node.className}"> ${node.textContent.trim().slice(0, 40)}`;
  const all = (selector) => [...document.querySelectorAll(selector)].filter(shown);

  if (!document.documentElement.lang) objections.push("the page names no language");
  if (!document.title.trim()) objections.push("the page has no title");
  if (all("main").length !== 1) objections.push(`${all("main").length} main landmarks`);
  if (all("h1").length !== 1) objections.push(`${all("h1").length} first headings`);
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) objections.push(`two elements are #${id}`);
  for (const node of all("img")) if (!node.hasAttribute("alt")) objections.push(`no alternative: ${called(node)}`);

  const name = (node) => node.getAttribute("aria-label") || [...(node.labels ?? [])].map((label) => label.textContent).join(" ")
    || node.textContent;
  for (const node of all('button, a, input, textarea, [role="treeitem"], [role="tree"], [role="listbox"], [role="radiogroup"]')) {
    if (!name(node).trim()) objections.push(`no name: ${called(node)}`);
  }
  for (const node of document.querySelectorAll("[aria-controls], [aria-activedescendant]")) {
    for (const kind of ["aria-controls", "aria-activedescendant"]) {
      const id = node.getAttribute(kind);
      if (id && !document.getElementById(id)) objections.push(`${kind} points at nothing: ${called(node)}`);
    }
  }

  // WCAG 2.2: 24 CSS pixels for what is pressed; links within a sentence are excepted, and there are none.
  for (const node of all("button, input, textarea, .twist:not(.leaf)")) {
    const { width, height } = node.getBoundingClientRect();
    if (width < 24 || height < 24) objections.push(`${Math.round(width)} x ${Math.round(height)} pixels to press: ${called(node)}`);
  }

  const rgba = (text) => { const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number); return { r, g, b, a }; };
  const over = (top, under) => ({ a: 1, ...Object.fromEntries(["r", "g", "b"].map((c) => [c, top[c] * top.a + under[c] * (1 - top.a)])) });
  const backdrop = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) {
      layers.push(rgba(getComputedStyle(at).backgroundColor));
      if (layers[layers.length - 1].a === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), { r: 255, g: 255, b: 255, a: 1 });
  };
  const light = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !shown(node) || node.closest(".sr, .skip, script")) continue;
    const under = backdrop(node);
    const [brighter, darker] = [light(over(rgba(getComputedStyle(node).color), under)), light(under)].sort((a, b) => b - a);
    const contrast = (brighter + 0.05) / (darker + 0.05);
    if (contrast < 4.5) objections.push(`contrast ${contrast.toFixed(2)}: ${called(node)}`);
  }

  if (document.documentElement.scrollWidth > innerWidth) objections.push("the page is wider than the window");
  for (const row of all(".row")) {
    const parts = [...row.querySelectorAll(".name, .id, .tag, .figure")].filter(shown);
    const boxes = parts.map((part) => part.getBoundingClientRect());
    boxes.forEach((box, index) => {
      if (parts[index].matches(".name") && box.width < 60 && parts[index].scrollWidth > box.width) objections.push(`a name without room: ${called(row)}`);
      for (const other of boxes.slice(index + 1)) {
        const across = Math.min(box.right, other.right) - Math.max(box.left, other.left);
        const down = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
        if (across > 1 && down > 1) objections.push(`parts lie over each other: ${called(row)}`);
      }
    });
  }
  return objections;
}
