"""What `peers_nam.py` runs in the peer's own environment: Neural Amp Modeler learns, and plays.

`python peers_nam_training.py FOLDER`: reads task.json and audio.npz there, writes result.json and played.npz.
Of this project it imports nothing: the environment holds NAM 0.13.0 and what that needs.
"""

import json
import logging
import sys
import time
import warnings
from importlib import resources
from pathlib import Path

import numpy as np
import pytorch_lightning as lightning
import torch
from nam.data import ConcatDataset, Dataset
from nam.train.lightning_module import LightningModule

# NAM's own settings (nam.train.core, 0.13.0), as its simplified trainer has them
MODEL, SUBMODEL = "config_model_packed.json", "channels_8"
SEGMENT = 8192  # output samples
BATCH = 16
LEVEL_DBFS = -18.0  # RMS that the wet audio is scaled to
CHECKS = 20  # validations within the budget, at equal distances


def main(folder):
    task = json.loads((folder / "task.json").read_text())
    audio = {name: torch.from_numpy(samples) for name, samples in np.load(folder / "audio.npz").items()}
    torch.set_num_threads(task["threads"])
    lightning.seed_everything(task["seed"])
    module = LightningModule.init_from_config(configuration())
    net, rate = module.net, task["sample_rate"]
    net.sample_rate = rate
    lead = net.receptive_field - 1
    takes = [pair for name, pair in audio.items() if name.startswith("train-") and pair.shape[1] >= SEGMENT]
    training = ConcatDataset([dataset(with_lead(pair, 0, lead), lead, rate) for pair in takes])
    # as nam.data.NormalizeJointDatasetOutput, which takes no validation data in pieces of several lengths
    scale = 10 ** (LEVEL_DBFS / 20) / torch.cat([each.y for each in training.datasets]).square().mean().sqrt().item()
    for each in training.datasets:
        each.scale_output(scale)
    validation = [with_lead(audio[f"validation-{i}"], run_in, lead) for i, run_in in enumerate(task["run_in"])]
    watch = Watch(validation, scale, task["minutes"])
    loader = torch.utils.data.DataLoader(training, batch_size=min(BATCH, len(training)), shuffle=True, drop_last=True)
    trainer = lightning.Trainer(
        max_epochs=-1,
        accelerator="cpu",
        callbacks=[watch],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(module, loader)
    net.load_state_dict(watch.best)
    net.eval()
    torch.set_num_threads(1)
    played, seconds = {}, 0.0
    with torch.no_grad():
        for name in task["played"]:
            started = time.process_time()
            played[name] = net(audio[name], pad_start=True).numpy() / scale
            seconds += time.process_time() - started
    np.savez(folder / "played.npz", **played)
    result = {
        "parameters": sum(each.numel() for each in module.parameters()),
        "steps": watch.steps,
        "epochs": watch.steps / len(loader),
        "training_seconds": watch.trained,
        "busy": watch.processor / watch.trained,
        "val_esr": min(row["val_esr"] for row in watch.history),
        "history": watch.history,
        "playing_speed": sum(len(each) for each in played.values()) / rate / seconds,
        "left_out_takes": sum(name.startswith("train-") for name in audio) - len(takes),
        "torch": torch.__version__,
    }
    (folder / "result.json").write_text(json.dumps(result))


def configuration():
    """NAM's configuration, with one network of the two that it packs together."""
    content = json.loads(resources.files("nam.train").joinpath("_resources", MODEL).read_text())
    submodels = {each["name"]: each["config"] for each in content["net"]["config"]["submodels"]}
    return content | {"net": {"name": "WaveNet", "config": submodels[SUBMODEL]}}


def with_lead(pair, run_in, lead):
    """A dry and wet pair, shape (2, n), whose first `run_in` samples only prepare: so that it has `lead` of them."""
    return torch.nn.functional.pad(pair, (lead - run_in, 0))


def dataset(pair, lead, rate):
    dry, wet = pair
    # the audio was cut by this project: NAM's demand for silence before it is for files of its own
    return Dataset(dry, wet, lead + 1, SEGMENT, sample_rate=rate, require_input_pre_silence=None)


class Watch(lightning.Callback):
    """Stops after `minutes` of training, validation left out, and keeps the weights of the best validation."""

    def __init__(self, validation, scale, minutes):
        self.validation, self.scale, self.minutes = validation, scale, minutes
        self.steps, self.trained, self.processor = 0, 0.0, 0.0
        self.history, self.best = [], None
        self.since = None

    def on_train_start(self, trainer, module):
        self.since = time.perf_counter(), time.process_time()

    def on_train_batch_end(self, trainer, module, *_):
        now = time.perf_counter(), time.process_time()
        self.trained += now[0] - self.since[0]
        self.processor += now[1] - self.since[1]
        self.steps += 1
        if self.trained >= 60 * self.minutes * (len(self.history) + 1) / CHECKS:
            self.check(module)
        trainer.should_stop = self.trained >= 60 * self.minutes
        self.since = time.perf_counter(), time.process_time()

    def check(self, module):
        module.net.eval()
        errors = energy = 0.0
        with torch.no_grad():
            for dry, wet in self.validation:
                played = module.net(dry, pad_start=False) / self.scale
                wet = wet[-len(played) :]
                errors += float(((wet - played).double() ** 2).sum())
                energy += float((wet.double() ** 2).sum())
        module.net.train()
        esr = errors / energy
        if self.best is None or esr < min(row["val_esr"] for row in self.history):
            self.best = {name: value.clone() for name, value in module.net.state_dict().items()}
        self.history.append({"seconds": self.trained, "steps": self.steps, "val_esr": esr})
        print(
            f"  {self.trained / 60:.1f} of {self.minutes:g} min, {self.steps} steps: validation ESR {esr:.2%}",
            flush=True,
        )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for name in ("lightning.pytorch", "pytorch_lightning", "nam"):
        logging.getLogger(name).setLevel(logging.ERROR)
    main(Path(sys.argv[1]))
