"""What a reader must not meet on a page, found in the browser that shows it."""

from axe_playwright_python.sync_playwright import Axe

MOST = 2_000_000  # bytes of a page and all that it loads before audio is played

LAYOUT = """() => {
    const faults = [], root = document.documentElement, LIES = "table, tbody, tr, td, code";
    const named = (element) =>
        `<${element.tagName.toLowerCase()} class="${element.className}"> ${element.textContent.trim().slice(0, 40)}`;
    const seen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    const clear = (element) => getComputedStyle(element).backgroundColor === "rgba(0, 0, 0, 0)";
    if (root.scrollWidth > innerWidth) faults.push(`the page is ${root.scrollWidth} px wide`);
    for (const element of document.querySelectorAll("main *:not(svg, svg *)")) {
        const { width, height, right, left } = element.getBoundingClientRect(), style = getComputedStyle(element);
        if (width <= 1 || height <= 1 || !seen(element)) continue;
        let frame = element.parentElement;
        while (frame && getComputedStyle(frame).overflowX === "visible") frame = frame.parentElement;
        if ((!frame || frame === document.body || frame === root) && (right > innerWidth + 1 || left < -1))
            faults.push(`${named(element)} stands out of the page`);
        if (style.overflowX === "visible" || element.scrollWidth <= element.clientWidth + 1) continue;
        if (element.matches("input, select, .ug-picture")) continue;
        if (!/auto|scroll/.test(style.overflowX)) faults.push(`${named(element)} is cut`);
        else if (element.tabIndex < 0) faults.push(`${named(element)} scrolls, but not by keyboard`);
        // a shadow at the side, and nothing that lies on it but words
        else if (!style.backgroundImage.includes("radial") || ![...element.querySelectorAll(LIES)].every(clear))
            faults.push(`${named(element)} scrolls, and nothing says so`);
    }
    return faults;
}"""

IMAGES = """() => Array.from(document.images).flatMap((image) => [
    ...(image.alt.trim() ? [] : [`no text stands for the image ${image.src.slice(0, 80)}`]),
    ...(image.complete && !image.naturalWidth ? [`the image ${image.src.slice(0, 80)} does not show`] : []),
])"""

SIZE = """() => performance.getEntries().reduce((sum, entry) => sum + (entry.encodedBodySize ?? 0), 0)"""

#: Where the focus is: what a reader would call it, where it stands, and whether it is seen to have the focus.
FOCUS = """async () => {
    await Promise.all(document.getAnimations().map((animation) => animation.finished));
    const element = document.activeElement;
    const card = element.matches(".sd-stretched-link") ? element.closest(".sd-card") : element;  // a link of this size
    const style = getComputedStyle(card), { x, y, width, height } = card.getBoundingClientRect();
    const number = [...document.querySelectorAll("*")].indexOf(element);
    const shown = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
    return { number, shown, name: `${element.tagName.toLowerCase()} ${element.textContent.trim().slice(0, 40)}`,
        inside: width > 0 && height > 0 && y < innerHeight && y + height > 0 && x < innerWidth && x + width > 0 };
}"""

#: What the keyboard has to reach: every control that is seen, and of radio buttons the one that is chosen.
CONTROLS = """() => [...document.querySelectorAll("*")].flatMap((element, number) => {
    const is = element.matches("a[href], button, input, select, textarea, summary, [tabindex='0']");
    const seen = element.checkVisibility({ visibilityProperty: true }) && !element.closest("[inert]");
    const other = element.disabled || (element.type === "radio" && !element.checked);
    return is && seen && !other && element.tabIndex >= 0 && element.getClientRects().length ? [number] : [];
})"""


def listen(page, host):
    """Note what a page complains about, and what it asks of others: a list that fills while the page is used."""
    heard = []
    page.on("console", lambda message: heard.append(_said(message)) if message.type == "error" else None)
    page.on("pageerror", lambda error: heard.append(f"error: {error}"))
    page.on("request", lambda request: None if _own(request.url, host) else heard.append(f"asks for {request.url}"))
    return heard


def _said(message):
    return f"console: {message.text} ({message.location['url']})"


def _own(url, host):
    return url.startswith((f"{host}/", "data:", "blob:"))


def layout(page):
    """Elements that are wider than the page, are cut, or scroll without saying so or without a keyboard."""
    return page.evaluate(LAYOUT)


def images(page):
    """Images without words, or that do not show."""
    return page.evaluate(IMAGES)


def size(page):
    """A page that loads too much."""
    loaded = page.evaluate(SIZE)
    return [f"{loaded / 1e6:.2f} MB are loaded before audio is played"] if loaded > MOST else []


def accessibility(page, *rules):
    """Findings of axe, of all its rules or of some."""
    # it would ask for style sheets that others import, at wrong addresses
    options = {"resultTypes": ["violations"], "preload": False} | ({"runOnly": list(rules)} if rules else {})
    found = Axe().run(page, options=options).response["violations"]
    return [f"axe, {each['id']}: {node['html'][:120]}" for each in found for node in each["nodes"]]


def keyboard(page):
    """What the Tab key does not reach, out of the order of the page, or without a sign that it is there."""
    wanted, reached, faults = page.evaluate(CONTROLS), [], []
    while len(reached) < 2 * len(wanted):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus["number"] in reached or focus["name"].startswith("body"):
            break
        reached.append(focus["number"])
        if not focus["shown"]:
            faults.append(f"nothing shows that {focus['name']} has the focus")
        if not focus["inside"]:
            faults.append(f"{focus['name']} has the focus and is not in sight")
    missed = len(set(wanted) - set(reached))
    return (
        faults
        + ([f"{missed} of {len(wanted)} controls are not reached"] if missed else [])
        + ([] if reached == sorted(reached) else ["the keyboard goes another way than the page"])
    )
