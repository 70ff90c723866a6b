// What happens while the page is open, as it happens. After a break it goes on where it was, so nothing is missed.

const AGAIN_MS = 2000;

export class News {
  #api;
  #heard;
  #ranked;
  #last = null; // the number to go on after

  // `heard` is told how many events came together, `ranked` of each new live rank: these are no events.
  constructor(api, heard, ranked) {
    this.#api = api;
    this.#heard = heard;
    this.#ranked = ranked;
  }

  // Until the token is refused or the page is left.
  async follow() {
    for (;;) {
      try {
        await this.#read(await this.#api.events(this.#last));
      } catch (fault) {
        if (fault.status === 401) return;
        if (fault.status === 409) this.#last = null; // another company, or a store that begins anew
      }
      await new Promise((again) => setTimeout(again, AGAIN_MS));
    }
  }

  async #read(response) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = ""; ;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (text + value).split("\n\n");
      text = blocks.pop();
      let events = 0;
      for (const block of blocks) {
        const told = new Map(block.split("\n").map((line) => line.split(/: (.*)/, 2)));
        if (told.has("id")) this.#last = told.get("id");
        if (told.get("event") === "rank.changed") this.#ranked(JSON.parse(told.get("data")));
        else if (told.has("data")) events += 1;
      }
      if (events) this.#heard(events);
    }
  }
}
