// Reloads the page after the site was built again, and shows the mistakes of a build that failed.
// Served only while content is edited; the published pages do not have it.

const OVERLAY_ID = "daymark-mistakes";

/** @param {string} mistakes as the terminal shows them; empty where there are none */
const showMistakes = (mistakes) => {
  document.getElementById(OVERLAY_ID)?.remove();
  if (!mistakes) return;
  const overlay = document.createElement("pre");
  overlay.id = OVERLAY_ID;
  overlay.setAttribute("role", "alert");
  overlay.textContent = mistakes;
  // Properties set by script are allowed where style attributes in HTML are not.
  Object.assign(overlay.style, {
    position: "fixed", inset: "auto 0 0 0", maxBlockSize: "60vh", overflow: "auto", margin: "0", padding: "1rem",
    background: "#2b1011", color: "#fff", font: "0.875rem/1.5 ui-monospace, monospace", zIndex: "2147483647",
  });
  document.body.append(overlay);
};

/** Asks for news again and again; each answer waits until there is some. */
const listen = async () => {
  let known = -1;
  for (;;) {
    try {
      const news = await (await fetch(`/dev/events?after=${known}`, { cache: "no-store" })).json();
      const isNews = known !== -1 && news.number !== known;
      known = news.number;
      if (isNews && !news.mistakes) location.reload();
      showMistakes(news.mistakes);
    } catch {
      await new Promise((resume) => setTimeout(resume, 500));
    }
  }
};

listen();
