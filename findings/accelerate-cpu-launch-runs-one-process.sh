#!/usr/bin/env bash
# Guess: accelerate launch with a configuration that says distributed_type: MULTI_CPU and num_processes: 2 runs two processes
# on this machine, and --multi_gpu is of no use without a GPU.
# Instead: that configuration runs one process, which isn't distributed, without a warning; so does --cpu --num_processes 2.
# --multi_gpu with ACCELERATE_USE_CPU=true does run two that know of each other, and calls them MULTI_CPU.
# Seen with: accelerate 1.15.0 (torch 2.13.0) on Python 3.11, on a machine without a GPU and outside of MPI.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 accelerate==1.15.0

cd "$folder"
cat > two.yml <<'YAML'
compute_environment: LOCAL_MACHINE
distributed_type: MULTI_CPU
use_cpu: true
num_machines: 1
machine_rank: 0
num_processes: 2
mixed_precision: 'no'
YAML
cat > who.py <<'PY'
from accelerate import Accelerator

state = Accelerator(cpu=True).state
print(f"{state.process_index} of {state.num_processes}, {state.distributed_type.value}\n", end="", flush=True)
PY

look() { # how it is launched, and what its processes then say
    local said
    said=$(env ${3:+"$3"} venv/bin/accelerate launch $1 who.py 2> log.txt | sort | paste -sd ';') || { cat log.txt; exit 1; }
    echo "${3:+$3 }$1: $said"
    if [ "$said" != "$2" ]; then
        echo "changed: expected $2"
        exit 1
    fi
}

rest="--num_machines 1 --mixed_precision no --dynamo_backend no"
look "--config_file two.yml" "0 of 1, NO"
if grep -i warn log.txt; then
    echo "changed: expected no warning"
    exit 1
fi
look "--cpu --num_processes 2 $rest" "0 of 1, NO"
both="0 of 2, MULTI_CPU;1 of 2, MULTI_CPU"
look "--multi_gpu --num_processes 2 --main_process_port 0 $rest" "$both" ACCELERATE_USE_CPU=true
