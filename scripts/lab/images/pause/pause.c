/* Holds a pod's network, ends when it is told to, and buries the dead where the pod shares its process ids. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void stop(int signal) {
  (void)signal;
  _exit(0);
}

static void bury(int signal) {
  (void)signal;
  while (waitpid(-1, 0, WNOHANG) > 0) {
  }
}

int main(void) {
  struct sigaction stopping = {.sa_handler = stop};
  struct sigaction burying = {.sa_handler = bury, .sa_flags = SA_NOCLDSTOP | SA_RESTART};
  sigaction(SIGINT, &stopping, 0);
  sigaction(SIGTERM, &stopping, 0);
  sigaction(SIGCHLD, &burying, 0);
  for (;;) pause();
}
