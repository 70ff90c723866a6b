// The API, asked with the visitor's token.

export class ApiFault extends Error {
  constructor(status, title, detail, requestId) {
    super(detail || title);
    this.status = status;
    this.title = title;
    this.requestId = requestId;
  }
}

export class Api {
  #token;
  #onRefused;

  // `onRefused` is called whenever the token is not, or no longer, good.
  constructor(token, onRefused) {
    this.#token = token;
    this.#onRefused = onRefused;
  }

  me() { return this.#get("/v1/me"); }
  matrix() { return this.#get("/v1/matrix"); }
  person(id) { return this.#get(`/v1/distributors/${encodeURIComponent(id)}`); }
  upline(id, tree) { return this.#get(`/v1/distributors/${encodeURIComponent(id)}/upline`, { tree }); }
  legs(id, tree) { return this.#get(`/v1/distributors/${encodeURIComponent(id)}/legs`, { tree }); }
  nights() { return this.#get("/v1/calculations/nightly"); }
  rank(id, query) { return this.#get(`/v1/distributors/${encodeURIComponent(id)}/rank`, query); }
  statement(id, period, query) {
    return this.#get(`/v1/distributors/${encodeURIComponent(id)}/statements/${encodeURIComponent(period)}`, query);
  }
  async statementPdf(id, period, query) {
    const path = `/v1/distributors/${encodeURIComponent(id)}/statements/${encodeURIComponent(period)}`;
    return (await this.#answer(path, { ...query, format: "pdf" })).blob();
  }
  // Both only read; what is asked does not fit into an address.
  async whatIf(asked) { return (await this.whatIfAs(asked, {})).json(); }
  whatIfAs(asked, query) { return this.#answer("/v1/whatif", query, undefined, asked); }
  children(id, tree, cursor) {
    return this.#get(`/v1/distributors/${encodeURIComponent(id)}/children`, { tree, cursor, limit: 50 });
  }
  events(last) { return this.#answer("/v1/events/stream", { after: last }); }
  search(q, signal) { return this.#get("/v1/search", { q, limit: 12 }, signal); }

  async #get(path, query = {}, signal = undefined) {
    return (await this.#answer(path, query, signal)).json();
  }

  async #answer(path, query = {}, signal = undefined, body = undefined) {
    const url = new URL(path, location.origin);
    for (const [key, value] of Object.entries(query)) {
      if (value !== undefined && value !== null) url.searchParams.set(key, value);
    }
    const posted = body && { method: "POST", body: JSON.stringify(body) };
    const headers = { Authorization: `Bearer ${this.#token}`, ...(body && { "Content-Type": "application/json" }) };
    let response;
    try {
      response = await fetch(url, { signal, headers, ...posted });
    } catch (fault) {
      if (fault.name === "AbortError") throw fault;
      throw new ApiFault(0, "No answer", "The server does not answer. Check the connection and try again.");
    }
    if (response.status === 401) this.#onRefused();
    if (!response.ok) {
      const body = await response.json().catch(() => ({}));
      throw new ApiFault(response.status, body.title || response.statusText, body.detail, body.request_id);
    }
    return response;
  }
}
