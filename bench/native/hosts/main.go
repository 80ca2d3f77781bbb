// Hosts that answer at once: one SSH server on all addresses of 127/8. Each address is a host with a memory, which
// answers as the host script does. Prints its port and keys as a line of JSON, then answers a line for each on its
// standard input: `count` (connections since the last one), `drift ADDRESS KEY VALUE` (a value as somebody
// sets it by hand) and `reset` (every host as it was at first).
package main

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/ssh"
)

// newKey makes a key pair: the private one in OpenSSH form, and a signer of it.
func newKey() (string, ssh.Signer) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		log.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		log.Fatal(err)
	}
	return string(pem.EncodeToMemory(block)), signer
}

func publicLine(signer ssh.Signer) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
}

var connections atomic.Int64

// serveSession runs one command: it reads all of standard input first, as a shell that is given a script does.
func serveSession(address string, opened ssh.NewChannel) {
	channel, requests, err := opened.Accept()
	if err != nil {
		return
	}
	defer channel.Close()
	terminal := false
	for request := range requests {
		if request.Type != "exec" {
			terminal = terminal || request.Type == "pty-req"
			request.Reply(true, nil)
			continue
		}
		var exec struct{ Command string }
		if ssh.Unmarshal(request.Payload, &exec) != nil {
			return
		}
		request.Reply(true, nil)
		if !terminal {
			io.Copy(io.Discard, channel)
		}
		fmt.Fprint(channel, hostAt(address).run(exec.Command))
		channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{0}))
		return
	}
}

func serve(socket net.Conn, config *ssh.ServerConfig) {
	connections.Add(1)
	address, _, _ := net.SplitHostPort(socket.LocalAddr().String())
	connection, channels, requests, err := ssh.NewServerConn(socket, config)
	if err != nil {
		return
	}
	defer connection.Close()
	go ssh.DiscardRequests(requests)
	for opened := range channels {
		if opened.ChannelType() == "session" {
			go serveSession(address, opened)
		} else {
			opened.Reject(ssh.UnknownChannelType, "only sessions")
		}
	}
}

func main() {
	_, hostKey := newKey()
	clientKey, client := newKey()
	allowed := string(client.PublicKey().Marshal())
	config := &ssh.ServerConfig{
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if string(key.Marshal()) != allowed {
				return nil, fmt.Errorf("an unknown key")
			}
			return nil, nil
		},
	}
	config.AddHostKey(hostKey)
	listener, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		for {
			socket, err := listener.Accept()
			if err != nil {
				log.Fatal(err)
			}
			go serve(socket, config)
		}
	}()
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"port":      listener.Addr().(*net.TCPAddr).Port,
		"hostKey":   publicLine(hostKey),
		"clientKey": clientKey,
	})
	// Ends with the process that started it.
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		switch words := strings.Fields(lines.Text()); {
		case len(words) == 4 && words[0] == "drift":
			hostAt(words[1]).set(words[2], words[3])
			fmt.Println("{}")
		case len(words) == 1 && words[0] == "reset":
			hosts.Clear()
			fmt.Println("{}")
		default:
			fmt.Printf("{\"connections\":%d}\n", connections.Swap(0))
		}
	}
}
