// The visitor's token, kept in this tab's storage.

const KEY = "banyan-token";

export const fragmentNow = () => new URLSearchParams(location.hash.slice(1));

export const tokenHeld = () => sessionStorage.getItem(KEY);
export const holdToken = (token) => sessionStorage.setItem(KEY, token);
export const dropToken = () => sessionStorage.removeItem(KEY);

// A link may carry the token in its fragment, which no server sees; it moves to this tab's storage at once.
export function takeToken() {
  const fragment = fragmentNow();
  const given = fragment.get("token");
  if (given) {
    holdToken(given);
    fragment.delete("token");
    const rest = fragment.toString();
    history.replaceState(null, "", location.pathname + (rest && `#${rest}`));
  }
  return given;
}
