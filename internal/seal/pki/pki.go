// Package pki knows certificates (chứng thư số): whose they are, whether they held
// at a given moment, and a development authority for demonstrations and tests whose
// certificates say of themselves that they have no legal value.
//
// Sources: RFC 5280 (certificates, paths, CRLs), RFC 6960 (OCSP), RFC 3647 for the
// policy that marks the development authority.
package pki
