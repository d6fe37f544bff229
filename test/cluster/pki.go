package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

const certificateLifetime = 365 * 24 * time.Hour

// pkiRequest is what runPKI reads: certificates to issue into Directory as NAME.crt and NAME.key. The
// authority (ca) and the key pair for service account tokens (sa.key, sa.pub) are made where they are missing.
type pkiRequest struct {
	Directory    string `json:"directory"`
	Certificates []struct {
		Name          string   `json:"name"`
		CommonName    string   `json:"commonName"`
		Organizations []string `json:"organizations"`
		Hosts         []string `json:"hosts"` // DNS names and IP addresses; none for a client
	} `json:"certificates"`
}

// runPKI issues certificates, so that a test machine needs no openssl.
func runPKI(input io.Reader) error {
	request := pkiRequest{}
	if err := json.NewDecoder(input).Decode(&request); err != nil {
		return fmt.Errorf("pki: %w", err)
	}
	if err := os.MkdirAll(request.Directory, 0o700); err != nil {
		return err
	}
	authority, authorityKey, err := ensureAuthority(request.Directory)
	if err != nil {
		return err
	}
	if err := ensureServiceAccountKey(request.Directory); err != nil {
		return err
	}
	for _, wanted := range request.Certificates {
		template := newTemplate(pkix.Name{CommonName: wanted.CommonName, Organization: wanted.Organizations})
		template.KeyUsage = x509.KeyUsageDigitalSignature
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		if len(wanted.Hosts) > 0 {
			template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
		}
		for _, host := range wanted.Hosts {
			if address := net.ParseIP(host); address != nil {
				template.IPAddresses = append(template.IPAddresses, address)
			} else {
				template.DNSNames = append(template.DNSNames, host)
			}
		}
		key, err := writeKey(filepath.Join(request.Directory, wanted.Name+".key"))
		if err != nil {
			return err
		}
		if err := writeCertificate(filepath.Join(request.Directory, wanted.Name+".crt"), template, authority, key.Public(), authorityKey); err != nil {
			return err
		}
	}
	return nil
}

func newTemplate(subject pkix.Name) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		panic(err) // there is no random source: nothing can be issued
	}
	now := time.Now()
	return &x509.Certificate{
		Subject: subject, SerialNumber: serial, BasicConstraintsValid: true,
		NotBefore: now.Add(-time.Minute), NotAfter: now.Add(certificateLifetime),
	}
}

func ensureAuthority(directory string) (*x509.Certificate, crypto.Signer, error) {
	certificatePath, keyPath := filepath.Join(directory, "ca.crt"), filepath.Join(directory, "ca.key")
	if _, err := os.Stat(certificatePath); errors.Is(err, fs.ErrNotExist) {
		key, err := writeKey(keyPath)
		if err != nil {
			return nil, nil, err
		}
		template := newTemplate(pkix.Name{CommonName: "test-cluster"})
		template.IsCA = true
		template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
		if err := writeCertificate(certificatePath, template, template, key.Public(), key); err != nil {
			return nil, nil, err
		}
	}
	certificateBytes, err := readPEM(certificatePath)
	if err != nil {
		return nil, nil, err
	}
	certificate, err := x509.ParseCertificate(certificateBytes)
	if err != nil {
		return nil, nil, err
	}
	keyBytes, err := readPEM(keyPath)
	if err != nil {
		return nil, nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(keyBytes)
	if err != nil {
		return nil, nil, err
	}
	return certificate, key.(*ecdsa.PrivateKey), nil
}

func ensureServiceAccountKey(directory string) error {
	publicPath := filepath.Join(directory, "sa.pub")
	if _, err := os.Stat(publicPath); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	key, err := writeKey(filepath.Join(directory, "sa.key"))
	if err != nil {
		return err
	}
	encoded, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	return writePEM(publicPath, "PUBLIC KEY", encoded, 0o644)
}

func writeKey(path string) (crypto.Signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, writePEM(path, "PRIVATE KEY", encoded, 0o600)
}

func writeCertificate(path string, template, parent *x509.Certificate, key crypto.PublicKey, signer crypto.Signer) error {
	encoded, err := x509.CreateCertificate(rand.Reader, template, parent, key, signer)
	if err != nil {
		return err
	}
	return writePEM(path, "CERTIFICATE", encoded, 0o644)
}

func writePEM(path, kind string, content []byte, mode fs.FileMode) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), mode)
}

func readPEM(path string) ([]byte, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(content)
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM block", path)
	}
	return block.Bytes, nil
}
