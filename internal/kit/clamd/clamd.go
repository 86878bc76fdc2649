// Package clamd asks a ClamAV daemon whether bytes hold malware, by its INSTREAM command
// (man clamd, "COMMANDS").
package clamd

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

const (
	chunk = 64 << 10        // bytes sent at once
	wait  = 5 * time.Minute // for one file, all in all
	knock = 5 * time.Second // for the daemon to take the call
)

// Client asks one daemon.
type Client struct{ network, address string }

// New reads an address: clamd:unix:/path/of/socket or clamd:tcp:host:port.
func New(address string) (*Client, error) {
	rest, ok := strings.CutPrefix(address, "clamd:")
	network, at, _ := strings.Cut(rest, ":")
	if !ok || at == "" || network != "unix" && network != "tcp" {
		return nil, fmt.Errorf("clamd: %q is neither clamd:unix:/path nor clamd:tcp:host:port", address)
	}
	return &Client{network, at}, nil
}

// Scan reads r to its end and returns the name of what was found, "" for nothing. An
// error says that nobody knows: the daemon cannot be reached, took too long, or does not
// take files of this size (its StreamMaxLength).
func (c *Client) Scan(ctx context.Context, r io.Reader) (found string, err error) {
	ctx, stop := context.WithTimeout(ctx, wait)
	defer stop()
	conn, err := (&net.Dialer{Timeout: knock}).DialContext(ctx, c.network, c.address)
	if err != nil {
		return "", fmt.Errorf("clamd: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	read, sent := send(conn, r)
	if read != nil {
		return "", read
	}
	// A daemon that had enough says why and hangs up: its answer tells more than our
	// failure to write.
	said, err := io.ReadAll(io.LimitReader(conn, 4096))
	answer := strings.TrimRight(string(said), "\x00\n")
	switch {
	case strings.HasSuffix(answer, " FOUND"):
		_, name, _ := strings.Cut(strings.TrimSuffix(answer, " FOUND"), ": ")
		return name, nil
	case answer == "stream: OK" && sent == nil:
		return "", nil
	case answer != "":
		return "", fmt.Errorf("clamd: %s", answer)
	}
	return "", fmt.Errorf("clamd: no answer: %w", errors.Join(sent, err, ctx.Err()))
}

// send sends all of r in pieces, each after its length, and a length of zero. read is an
// error of r, sent one of the daemon.
func send(to io.Writer, r io.Reader) (read, sent error) {
	if _, err := io.WriteString(to, "zINSTREAM\x00"); err != nil {
		return nil, err
	}
	piece := make([]byte, 4+chunk)
	for {
		n, err := io.ReadFull(r, piece[4:])
		if n > 0 {
			binary.BigEndian.PutUint32(piece, uint32(n))
			if _, err := to.Write(piece[:4+n]); err != nil {
				return nil, err
			}
		}
		switch {
		case err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF):
			_, err := to.Write([]byte{0, 0, 0, 0})
			return nil, err
		case err != nil:
			return err, nil
		}
	}
}
