#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/bundle_format.hpp"
#include "record/disclosure.hpp"
#include "record/head.hpp"

namespace parley::ledger {

/// A statement of a bundle, read but not believed.
struct Piece {
  std::string file;
  record::Statement statement;  ///< by `peek_statement`
  std::vector<record::Disclosure> disclosures;
  std::optional<EvidenceStatement::Recorded> recorded;
};

/// A bundle, read but not believed: what the report tells and what the checks look at.
struct Dossier {
  BundleIndex index;
  std::vector<Piece> pieces;
  std::string checkpoint;
  std::optional<Bytes> package;

  const EvidenceParty* party(std::string_view origin) const;
  /// "CERT Alpha (AA)", or the origin when the bundle does not name it.
  std::string display(std::string_view origin) const;
};

/// A statement in the form of its schema.
template <class S>
struct Typed {
  const Piece* piece = nullptr;
  S body;
};

/// All statements of one schema, in their order. `bad_input` with the file when one is malformed.
template <class S>
Result<std::vector<Typed<S>>> typed(const Dossier& dossier) {
  std::vector<Typed<S>> out;
  for (const Piece& piece : dossier.pieces) {
    if (piece.statement.schema != S::schema) continue;
    auto body = S::from_json(piece.statement.members);
    if (!body) return fail(ErrorKind::bad_input, body.error().text(), piece.file);
    out.push_back({&piece, std::move(*body)});
  }
  return out;
}

/// What the input says, in the form that the report is written from.
Result<Dossier> make_dossier(const EvidenceInput& input);

/// Reads the members of an archive: exactly those that `bundle.json` calls for, each in its one form.
Result<Dossier> read_dossier(const std::vector<encoding::ZipMember>& members);

/// What no bundle of this kind shows, in plain words; the same text for the report and for the verifier.
std::vector<std::string> limits_of(EvidenceKind kind);

}  // namespace parley::ledger
