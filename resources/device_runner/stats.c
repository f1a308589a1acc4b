#define _GNU_SOURCE
#include "stats.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

uint64_t now_micros(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

float millis_between(uint64_t start_micros, uint64_t end_micros) {
  return (float)(end_micros - start_micros) / 1000.0f;
}

/* One short file of the kernel's, without stdio's buffers: this runs for every frame. */
static bool read_line(const char *path, char *line, size_t bytes) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return false;
  ssize_t got = read(file, line, bytes - 1);
  close(file);
  line[got > 0 ? got : 0] = 0;
  return got > 0;
}

uint32_t memory_kib(void) {
  char line[128];
  unsigned long total, resident;
  if (!read_line("/proc/self/statm", line, sizeof line) ||
      sscanf(line, "%lu %lu", &total, &resident) != 2)
    return 0;
  return (uint32_t)(resident * ((unsigned long)sysconf(_SC_PAGESIZE) / 1024));
}

uint8_t current_cpu(void) {
  int cpu = sched_getcpu();
  return cpu < 0 || cpu > 255 ? 0 : (uint8_t)cpu;
}

uint32_t cpu_clock_khz(uint8_t cpu) {
  char path[80], line[32];
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/cpufreq/scaling_cur_freq", cpu);
  return read_line(path, line, sizeof line) ? (uint32_t)strtoul(line, NULL, 10) : 0;
}

uint16_t cpu_count(void) {
  long count = sysconf(_SC_NPROCESSORS_CONF);
  return count < 1 ? 1 : (uint16_t)count;
}

bool stay_on_cpus(uint64_t cpu_mask) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  for (int cpu = 0; cpu < 64; cpu++)
    if (cpu_mask >> cpu & 1)
      CPU_SET(cpu, &cpus);
  return sched_setaffinity(0, sizeof cpus, &cpus) == 0;
}
