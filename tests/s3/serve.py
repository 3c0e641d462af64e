"""Runs a command beside an S3 server on loopback (moto) with an empty bucket, and returns its exit code.

One request at a time, so that a conditional write is one step, as in S3 itself.
"""

import os
import subprocess
import sys
import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=False)
threading.Thread(target=server.serve_forever, daemon=True).start()
endpoint = f"http://127.0.0.1:{server.server_port}"

environment = os.environ | {
    "AWS_ENDPOINT_URL": endpoint,
    "AWS_ENDPOINT": endpoint,
    "AWS_ALLOW_HTTP": "true",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "ASSETDIFF_TEST_STORE": "s3://assetdiff-test/some/prefix",
}
import boto3  # noqa: E402

client = boto3.client(
    "s3", endpoint_url=endpoint, aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1"
)
client.create_bucket(Bucket="assetdiff-test")
sys.exit(subprocess.run(sys.argv[1:], env=environment).returncode)
