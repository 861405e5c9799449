// Reads archives with Go's archive/zip, and prints a line of JSON for each.
package main

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
)

type answer struct {
	Reader  string   `json:"reader"`
	Archive string   `json:"archive"`
	Pages   [][3]any `json:"pages"`
	Error   string   `json:"error,omitempty"`
}

func page(file *zip.File) ([3]any, error) {
	stream, err := file.Open()
	if err != nil {
		return [3]any{}, err
	}
	defer stream.Close()
	digest := sha256.New()
	size, err := io.Copy(digest, stream)
	return [3]any{file.Name, size, hex.EncodeToString(digest.Sum(nil))}, err
}

func pages(archive string) ([][3]any, error) {
	found := [][3]any{}
	reader, err := zip.OpenReader(archive)
	if err != nil {
		return found, err
	}
	defer reader.Close()
	for _, file := range reader.File {
		one, err := page(file)
		if err != nil {
			return found, err
		}
		found = append(found, one)
	}
	return found, nil
}

func main() {
	out := json.NewEncoder(os.Stdout)
	for _, archive := range os.Args[1:] {
		made := answer{Reader: "archive/zip", Archive: archive}
		found, err := pages(archive)
		made.Pages = found
		if err != nil {
			made.Error = err.Error()
		}
		if err := out.Encode(made); err != nil {
			os.Exit(1)
		}
	}
}
