/* What the phone tells about itself: clocks, memory, CPUs. */
#ifndef RUNNER_STATS_H
#define RUNNER_STATS_H

#include <stdbool.h>
#include <stdint.h>

/* Microseconds from an arbitrary origin that never go back. */
uint64_t now_micros(void);

float millis_between(uint64_t start_micros, uint64_t end_micros);

/* Resident memory of this process; 0 where it cannot be read. */
uint32_t memory_kib(void);

/* The CPU that the calling thread is on. */
uint8_t current_cpu(void);

/* Its clock now; 0 where the phone does not tell. */
uint32_t cpu_clock_khz(uint8_t cpu);

/* CPUs of the phone, those that sleep included. */
uint16_t cpu_count(void);

/* Keeps the calling thread, and those that it starts from now on, on the CPUs of the mask. False
   when the phone does not allow it, which is not fatal: it only costs speed. */
bool stay_on_cpus(uint64_t cpu_mask);

#endif
