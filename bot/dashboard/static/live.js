// Takes up what others did: when some ticket has changed, this page's part with the tickets is fetched anew.
const live = document.getElementById("live");
const source = new EventSource(live.dataset.events);
source.addEventListener("changed", async () => {
  const answer = await fetch(location.href, { credentials: "same-origin" });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("live");
  if (fresh && fresh.innerHTML !== live.innerHTML) live.innerHTML = fresh.innerHTML;
});
addEventListener("pagehide", () => source.close());
