// `app` tests itself; `app serve` answers HTTP at $PORT.
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char** argv) {
  (void)argv;
  if (argc < 2 || !getenv("PORT")) return 0;
  int server = socket(AF_INET, SOCK_STREAM, 0);
  int yes = 1;
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(getenv("PORT"))),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(server, (struct sockaddr*)&address, sizeof address) != 0) return 1;
  listen(server, 16);
  const char* answer = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n";
  for (;;) {
    int client = accept(server, NULL, NULL);
    char request[4096];
    if (read(client, request, sizeof request) > 0) write(client, answer, strlen(answer));
    close(client);
  }
}
