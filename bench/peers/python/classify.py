"""The plain script as a good engineer writes it: one process a core, one thread each, OpenCV's reduced
decoding, batches of 8 into onnxruntime, one transaction a batch. It reads position and time from the EXIF
and writes one row a photo. No resume, no rejects, no region: a photo that fails ends it.

    python classify.py --source FOLDER|s3://bucket/prefix/ --database URL --model FOLDER --workers 2
"""
import argparse
import hashlib
import io
import json
import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor

BATCH = 8
#: Objects fetched ahead by each process: the network waits, the processor does not.
AHEAD = 4


def list_keys(source):
    if source.startswith("s3://"):
        import boto3

        bucket, _, prefix = source[5:].partition("/")
        pages = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL_S3"]).get_paginator("list_objects_v2")
        return [o["Key"][len(prefix):] for page in pages.paginate(Bucket=bucket, Prefix=prefix) for o in page["Contents"]]
    return sorted(
        os.path.relpath(os.path.join(folder, name), source)
        for folder, _, names in os.walk(source)
        for name in names
    )


def open_source(source):
    if source.startswith("s3://"):
        import boto3

        bucket, _, prefix = source[5:].partition("/")
        client = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL_S3"])
        return lambda key: client.get_object(Bucket=bucket, Key=prefix + key)["Body"].read()

    def read(key):
        with open(os.path.join(source, key), "rb") as file:
            return file.read()

    return read


def read_exif(image):
    """Time as the camera wrote it, and position in degrees."""
    exif = image.getexif()
    gps = exif.get_ifd(0x8825)
    taken = exif.get_ifd(0x8769).get(0x9003)

    def degrees(values, reference, negative):
        if not values or not reference:
            return None
        d, m, s = (float(value) for value in values)
        return (d + m / 60 + s / 3600) * (-1 if reference == negative else 1)

    return taken, degrees(gps.get(2), gps.get(1), "S"), degrees(gps.get(4), gps.get(3), "W")


def work(source, database, keys, model_folder):
    import cv2
    import numpy as np
    import onnxruntime as ort
    import psycopg
    from PIL import Image

    cv2.setNumThreads(1)
    with open(os.path.join(model_folder, "peer.json")) as file:
        model = json.load(file)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = ort.InferenceSession(os.path.join(model_folder, "onnx/model.onnx"), options, providers=["CPUExecutionProvider"])
    width, height = model["width"], model["height"]
    scale = (1 / np.array(model["std"], np.float32)).reshape(3, 1, 1)
    shift = (-np.array(model["mean"], np.float32) / np.array(model["std"], np.float32)).reshape(3, 1, 1)
    reductions = [(8, cv2.IMREAD_REDUCED_COLOR_8), (4, cv2.IMREAD_REDUCED_COLOR_4), (2, cv2.IMREAD_REDUCED_COLOR_2), (1, cv2.IMREAD_COLOR)]
    read = open_source(source)
    batch = np.empty((BATCH, 3, height, width), np.float32)

    def prepare(data, row):
        image = Image.open(io.BytesIO(data))  # the header alone
        taken, latitude, longitude = read_exif(image)
        flag = next(f for n, f in reductions if min(image.width // n, image.height // n) >= max(width, height) or n == 1)
        # OpenCV applies the orientation itself.
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
        pixels = cv2.cvtColor(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)
        np.multiply(pixels.transpose(2, 0, 1), scale, out=batch[row])
        batch[row] += shift
        return taken, latitude, longitude

    with psycopg.connect(database) as connection, ThreadPoolExecutor(AHEAD) as pool:
        cursor = connection.cursor()
        ahead = [pool.submit(read, key) for key in keys[:AHEAD]]
        for start in range(0, len(keys), BATCH):
            chunk = keys[start : start + BATCH]
            facts = []
            for row, key in enumerate(chunk):
                data = ahead.pop(0).result()
                following = start + row + AHEAD
                if following < len(keys):
                    ahead.append(pool.submit(read, keys[following]))
                facts.append((key, len(data), hashlib.sha256(data).digest(), *prepare(data, row)))
            scores = session.run([model["output"]], {model["input"]: batch[: len(chunk)]})[0]
            rows = []
            for fact, photo in zip(facts, scores):
                top = np.argpartition(photo, -5)[-5:]
                top = top[np.argsort(-photo[top])]
                named = [{"label": model["labels"][at], "score": float(photo[at])} for at in top]
                rows.append((*fact, named[0]["label"], named[0]["score"], json.dumps(named)))
            cursor.executemany("insert into peer_predictions values (%s, %s, %s, %s, %s, %s, %s, %s, %s)", rows)
            connection.commit()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("source", "database", "model", "workers"):
        parser.add_argument(f"--{name}", required=True)
    args = parser.parse_args()
    workers = int(args.workers)
    keys = list_keys(args.source)
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=work, args=(args.source, args.database, keys[n::workers], args.model))
        for n in range(workers)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        raise SystemExit(1)
