/* "From where I am": the place goes into the address of this page and nowhere else. */
(() => {
  "use strict";
  const line = document.querySelector("[data-near]");
  const button = line && line.querySelector("button");
  if (!button || !navigator.geolocation) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition((found) => {
      const address = new URL(location.href);
      address.searchParams.set("lat", found.coords.latitude.toFixed(4));
      address.searchParams.set("lng", found.coords.longitude.toFixed(4));
      location.assign(address);
    }, () => { line.textContent = line.dataset.near; }, { timeout: 10000 });
  });
})();
