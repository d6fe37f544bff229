// Command test-kubernetes is the oldest Kubernetes that ptar is tested with. etcd, kwok and the keys come from
// the newest one's binary, beside this folder.
package main

import "github.com/ptar/test-kubernetes/multicall"

func main() {
	multicall.Kubernetes().Run()
}
