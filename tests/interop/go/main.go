// Checks an evidence bundle with golang.org/x/mod alone: the checkpoint with sumdb/note, every inclusion
// proof with sumdb/tlog. Usage: interop BUNDLE.zip LOG.vkey
package main

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func readBundle(path string) (map[string][]byte, error) {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	files := make(map[string][]byte)
	for _, file := range archive.File {
		in, err := file.Open()
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(in) // compares the checksum
		in.Close()
		if err != nil {
			return nil, err
		}
		files[file.Name] = content
	}
	return files, nil
}

func parseHash(line string) (tlog.Hash, error) {
	var hash tlog.Hash
	raw, err := base64.StdEncoding.DecodeString(line)
	if err != nil || len(raw) != tlog.HashSize {
		return hash, fmt.Errorf("not a hash: %q", line)
	}
	copy(hash[:], raw)
	return hash, nil
}

// tree opens the checkpoint (C2SP tlog-checkpoint; tlog.ParseTree knows only the form of sum.golang.org).
func tree(signed []byte, vkey string) (tlog.Tree, error) {
	var tree tlog.Tree
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tree, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tree, errors.New("the checkpoint is of another origin")
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	tree.Hash, err = parseHash(lines[2])
	return tree, err
}

func parseProof(text []byte) (index int64, proof tlog.RecordProof, checkpoint []byte, err error) {
	head, checkpoint, found := bytes.Cut(text, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return 0, nil, nil, errors.New("not a tlog-proof")
	}
	if index, err = strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64); err != nil {
		return 0, nil, nil, err
	}
	for _, line := range lines[2:] {
		hash, err := parseHash(line)
		if err != nil {
			return 0, nil, nil, err
		}
		proof = append(proof, hash)
	}
	return index, proof, checkpoint, nil
}

func check(files map[string][]byte, vkey string) (int, error) {
	head, err := tree(files["checkpoint"], vkey)
	if err != nil {
		return 0, fmt.Errorf("checkpoint: %w", err)
	}
	count := 0
	for name, content := range files {
		if !strings.HasSuffix(name, ".tlog-proof") {
			continue
		}
		index, proof, checkpoint, err := parseProof(content)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", name, err)
		}
		if !bytes.Equal(checkpoint, files["checkpoint"]) {
			return 0, fmt.Errorf("%s: under another checkpoint", name)
		}
		leaf := tlog.RecordHash(files[fmt.Sprintf("proofs/%d.leaf", index)])
		if err := tlog.CheckRecord(proof, head.N, head.Hash, index, leaf); err != nil {
			return 0, fmt.Errorf("%s: %w", name, err)
		}
		// The check must also be able to say no.
		if tlog.CheckRecord(proof, head.N, head.Hash, index, tlog.RecordHash([]byte("another"))) == nil {
			return 0, fmt.Errorf("%s: proves another leaf, too", name)
		}
		count++
	}
	if count == 0 {
		return 0, errors.New("no proof in the bundle")
	}
	return count, nil
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: interop BUNDLE.zip LOG.vkey")
	}
	files, err := readBundle(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	vkey, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	count, err := check(files, strings.TrimSpace(string(vkey)))
	if err != nil {
		log.Fatal("NOT OK: ", err)
	}
	damaged := append([]byte(nil), files["checkpoint"]...)
	damaged[len(damaged)/3] ^= 1
	if _, err := tree(damaged, strings.TrimSpace(string(vkey))); err == nil {
		log.Fatal("NOT OK: a damaged checkpoint was accepted")
	}
	fmt.Printf("OK: note.Open accepts the checkpoint, tlog.CheckRecord %d proofs\n", count)
}
