// Command probe does one HTTP GET from inside a pod and prints status and size of the answer.
// Without an argument it asks the API server for the pods of its namespace, as its service account.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

const account = "/var/run/secrets/kubernetes.io/serviceaccount/"

func read(name string) string {
	data, err := os.ReadFile(account + name)
	if err != nil {
		fail(err)
	}
	return strings.TrimSpace(string(data))
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func apiServer() (*http.Client, *http.Request) {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(read("ca.crt")))
	host := os.Getenv("KUBERNETES_SERVICE_HOST") + ":" + os.Getenv("KUBERNETES_SERVICE_PORT")
	url := "https://" + host + "/api/v1/namespaces/" + read("namespace") + "/pods"
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		fail(err)
	}
	request.Header.Set("Authorization", "Bearer "+read("token"))
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}, request
}

func main() {
	client, request := http.DefaultClient, (*http.Request)(nil)
	if len(os.Args) > 1 {
		var err error
		if request, err = http.NewRequest("GET", os.Args[1], nil); err != nil {
			fail(err)
		}
	} else {
		client, request = apiServer()
	}
	answer, err := client.Do(request)
	if err != nil {
		fail(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		fail(err)
	}
	fmt.Println(answer.StatusCode, len(body))
	if len(body) < 300 {
		fmt.Println(string(body))
	}
}
