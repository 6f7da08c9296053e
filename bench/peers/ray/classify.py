"""Ray Data on one machine: files are read by tasks, pictures decoded and classified by one actor a core, each with
one thread, and written a batch at a time. Fractions of a core let reading go on while the actors work.

    python classify.py --source FOLDER --database URL --model FOLDER --workers 2
"""
import argparse
import hashlib
import io
import json
import os


class Classify:
    def __init__(self, model_folder, database, source):
        import cv2
        import numpy as np
        import onnxruntime as ort
        import psycopg

        cv2.setNumThreads(1)
        self.source = source
        with open(os.path.join(model_folder, "peer.json")) as file:
            self.model = json.load(file)
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        path = os.path.join(model_folder, "onnx/model.onnx")
        self.session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        std = np.array(self.model["std"], np.float32)
        self.scale = (1 / std).reshape(3, 1, 1)
        self.shift = (-np.array(self.model["mean"], np.float32) / std).reshape(3, 1, 1)
        self.connection = psycopg.connect(database)

    def read_exif(self, image):
        exif = image.getexif()
        gps = exif.get_ifd(0x8825)

        def degrees(values, reference, negative):
            if not values or not reference:
                return None
            d, m, s = (float(value) for value in values)
            return (d + m / 60 + s / 3600) * (-1 if reference == negative else 1)

        taken = exif.get_ifd(0x8769).get(0x9003)
        return taken, degrees(gps.get(2), gps.get(1), "S"), degrees(gps.get(4), gps.get(3), "W")

    def prepare(self, data):
        import cv2
        import numpy as np
        from PIL import Image

        width, height = self.model["width"], self.model["height"]
        image = Image.open(io.BytesIO(data))
        facts = self.read_exif(image)
        reductions = [(8, cv2.IMREAD_REDUCED_COLOR_8), (4, cv2.IMREAD_REDUCED_COLOR_4), (2, cv2.IMREAD_REDUCED_COLOR_2), (1, cv2.IMREAD_COLOR)]
        flag = next(f for n, f in reductions if min(image.width // n, image.height // n) >= max(width, height) or n == 1)
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
        pixels = cv2.cvtColor(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)
        return facts, pixels.transpose(2, 0, 1) * self.scale + self.shift

    def __call__(self, batch):
        import numpy as np

        prepared = [self.prepare(data) for data in batch["bytes"]]
        pictures = np.stack([pixels for _, pixels in prepared]).astype(np.float32, copy=False)
        scores = self.session.run([self.model["output"]], {self.model["input"]: pictures})[0]
        rows = []
        for path, data, (facts, _), photo in zip(batch["path"], batch["bytes"], prepared, scores):
            top = np.argpartition(photo, -5)[-5:]
            top = top[np.argsort(-photo[top])]
            named = [{"label": self.model["labels"][at], "score": float(photo[at])} for at in top]
            key = os.path.relpath(path, self.source)
            rows.append((key, len(data), hashlib.sha256(data).digest(), *facts, named[0]["label"], named[0]["score"], json.dumps(named)))
        self.connection.cursor().executemany("insert into peer_predictions values (%s, %s, %s, %s, %s, %s, %s, %s, %s)", rows)
        self.connection.commit()
        return {"photos": np.array([len(rows)])}


if __name__ == "__main__":
    import ray

    parser = argparse.ArgumentParser()
    for name in ("source", "database", "model", "workers"):
        parser.add_argument(f"--{name}", required=True)
    args = parser.parse_args()
    workers = int(args.workers)
    ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    photos = ray.data.read_binary_files(args.source, include_paths=True, ray_remote_args={"num_cpus": 0.25})
    done = photos.map_batches(
        Classify,
        fn_constructor_args=(args.model, args.database, args.source),
        batch_size=8,
        num_cpus=0.8,
        concurrency=workers,
    )
    print(json.dumps({"photos": int(done.sum("photos"))}))
