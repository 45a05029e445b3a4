/* ABX blind test in a player (player.js): can a listener tell a model from the amplifier?

   X is one of the two, at random in each trial. Nothing leaves the page. */
"use strict";

const UltragainBlindTest = (() => {
  const { make, radios } = ultragainPlayer;
  const TRIALS = 16;

  /* Probability of at least `right` of `trials` by guessing: the upper tail of the binomial distribution with p = 1/2. */
  function chance(right, trials) {
    let ways = 0;
    let choose = 1; // trials over k
    for (let k = 0; k <= trials; k++) {
      if (k >= right) ways += choose;
      choose = (choose * (trials - k)) / (k + 1);
    }
    return ways / 2 ** trials;
  }

  const quoted = (value) => `"${String(value).replaceAll('"', '""')}"`;

  return class BlindTest {
    constructor(player) {
      this.player = player;
      this.trials = []; // of the test that runs or has run: x, answer, seconds
      const [amplifier, ...models] = player.blind;
      this.amplifier = amplifier;
      const label = (track) => player.tracks[track].label;
      const button = (text, onclick) => make("button", { type: "button", onclick }, text);
      this.models = make("select", {}, ...models.map((model) => make("option", { value: model }, label(model))));
      this.choices = radios("Listen to", [["A: ", label(amplifier)], ["B: ", this.name = make("span")], ["X"]],
        (i) => this.listen(i));
      this.first = button("Start", () => this.start());
      this.intro = make("div", { className: "ug-row" },
        make("label", {}, `A is ${label(amplifier)}, B is `, this.models), this.first);
      this.count = make("p", { role: "status" });
      this.running = make("div", { hidden: true }, this.choices.group,
        make("div", { className: "ug-row" }, button("X is A", () => this.answer(0)), button("X is B", () => this.answer(1)),
          button("Stop the test", () => this.end())),
        make("p", { className: "ug-keys" }, "Keys: A, B and X listen; Shift+A and Shift+B answer."));
      this.save = button("Save the answers (CSV)", () => this.download());
      this.save.hidden = true;
      player.root.append(make("details", { className: "ug-blind" },
        make("summary", {}, "Blind test: can you hear the difference?"),
        make("p", {}, `In each of ${TRIALS} trials X is either A or B, at random. Listen to A, B and X as often as you ` +
          "like, then say which one X is. All are equally loud. At the end you see how many answers were right. " +
          "Nothing leaves your machine."),
        this.intro, this.count, this.running, this.save));
    }

    start() {
      const { player } = this;
      this.model = +this.models.value;
      this.name.textContent = player.tracks[this.model].label;
      const random = crypto.getRandomValues(new Uint8Array(TRIALS));
      this.trials = Array.from(random, (byte) => ({ x: byte & 1, answer: null, seconds: null }));
      this.trial = 0;
      this.lock(true);
      player.match(true);
      player.setLoop(true);
      if (player.state === "stopped") player.play();
      this.begin();
    }

    begin() {
      this.count.textContent = `Trial ${this.trial + 1} of ${TRIALS}`;
      this.since = performance.now();
      this.listen(0);
      this.choices.inputs[0].focus();
    }

    listen(choice) {
      this.choices.inputs[choice].checked = true;
      const x = this.trials[this.trial].x;
      this.player.hear([this.amplifier, this.model][choice === 2 ? x : choice]);
    }

    answer(answer) {
      const seconds = (performance.now() - this.since) / 1000;
      Object.assign(this.trials[this.trial], { answer, seconds });
      this.trial += 1;
      if (this.trial < TRIALS) return this.begin();
      const right = this.trials.filter((trial) => trial.answer === trial.x).length;
      const p = chance(right, TRIALS);
      this.end();
      this.count.textContent = `${right} of ${TRIALS} right. Whoever only guesses gets as many or more with a ` +
        `probability of p = ${p.toPrecision(2)}. ` + (p < 0.05 ? "So you most likely heard a difference."
          : "So this test does not show that you heard a difference.");
      this.save.hidden = false;
      this.save.focus();
    }

    /* Stop, with or without a result. */
    end() {
      this.player.pause();
      this.lock(false);
      this.count.textContent = "";
      this.player.choose(this.player.choices.inputs.findIndex((input) => input.checked));
      this.first.focus();
    }

    /* While a test runs, nothing else may say or show what X is. */
    lock(on) {
      const { player } = this;
      this.runs = on;
      player.choices.group.disabled = player.matchBox.disabled = on;
      player.root.classList.toggle("ug-hides", on);
      this.running.hidden = !on;
      this.intro.hidden = on;
      this.save.hidden = true;
    }

    /* Do what a key says; whether it says anything. */
    command({ key, shiftKey }) {
      const choice = ["a", "b", "x"].indexOf(key.toLowerCase());
      if (!this.runs || choice < 0) return false;
      if (!shiftKey) this.listen(choice);
      else if (choice < 2) this.answer(choice);
      return true;
    }

    download() {
      const { title, tracks } = this.player;
      const fixed = [title, tracks[this.amplifier].label, tracks[this.model].label];
      const rows = this.trials.map(({ x, answer, seconds }, i) =>
        [...fixed, i + 1, "AB"[x], "AB"[answer], x === answer ? 1 : 0, seconds.toFixed(1)]);
      const lines = [["player", "A", "B", "trial", "X", "answer", "right", "seconds"], ...rows];
      const text = lines.map((line) => line.map(quoted).join(",") + "\r\n").join("");
      const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
      make("a", { href: url, download: "blind-test.csv" }).click();
      setTimeout(() => URL.revokeObjectURL(url), 1000);
    }
  };
})();
