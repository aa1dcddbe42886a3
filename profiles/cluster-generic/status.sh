#!/bin/sh
# What became of the job of Slurm with the id $1. A controller that does not answer is asked again.
state=$(squeue --noheader --states=all --format=%T --jobs="$1" 2>&1)
case $state in
  COMPLETED) echo success ;;
  BOOT_FAIL | CANCELLED | DEADLINE | FAILED | NODE_FAIL | OUT_OF_MEMORY | TIMEOUT | *'Invalid job id'*) echo failed ;;
  *) echo running ;;
esac
