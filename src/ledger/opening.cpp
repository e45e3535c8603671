#include "ledger/opening.hpp"

#include <bit>

#include "merkle/proof.hpp"
#include "record/fields.hpp"
#include "record/match_statement.hpp"

namespace parley::ledger {

namespace {

using encoding::Json;

constexpr std::string_view file_schema = "parley/opening-file/1";
constexpr std::size_t max_path = 24;
constexpr std::size_t max_file_bytes = 1U << 20;

constexpr std::string_view signed_claim =
    "The node that opens the item signed the opening and its record of the run";
constexpr std::string_view peer_claim = "The other side signed the same root in its own record";
constexpr std::string_view leaf_claim = "The item is a leaf of the set that was committed to";

Claim claim(std::string_view text, Verdict verdict, std::string why) {
  Claim out;
  out.claim = text;
  out.verdict = verdict;
  out.why = std::move(why);
  out.rests_on = "the role keys in the trust file";
  out.core = true;
  return out;
}

/// A statement as its payload claims its signer, and whether a trusted key of that node signed it.
struct Signed {
  record::Statement statement;
  Verdict verdict = Verdict::not_shown;
};

Result<Signed> read_signed(const std::string& jws, const Trust& trust) {
  Signed out;
  PARLEY_TRY(out.statement, record::peek_statement(jws));
  PARLEY_TRY(const std::string node, out.statement.members.string_member("node"));
  for (const crypto::PublicKey& key : trust.role_keys(node)) {
    out.verdict = Verdict::refuted;
    if (!record::verify_statement(jws, key)) continue;
    out.verdict = Verdict::proven;
    break;
  }
  return out;
}

Result<OpeningFile> read_file(std::string_view file) {
  encoding::JsonLimits limits;
  limits.max_bytes = max_file_bytes;
  PARLEY_TRY(const Json json, encoding::parse_json(file, limits));
  PARLEY_TRY(const std::string schema, json.string_member("schema"));
  if (schema != file_schema) return fail(ErrorKind::bad_input, "is no opening of this version", "/schema");
  OpeningFile out;
  PARLEY_TRY(out.opening, json.string_member("opening"));
  PARLEY_TRY(out.own_record, json.string_member("record"));
  PARLEY_TRY(out.peer_record, json.string_member("peer_record"));
  return out;
}

std::string_view why_signed(Verdict verdict) {
  if (verdict == Verdict::proven) return "the signatures are those of its role key";
  return verdict == Verdict::refuted ? "a signature is not that of its role key"
                                     : "the trust file has no role key of that node";
}

bool leads_to_root(const OpeningStatement& opening, const record::MatchStatement& record) {
  const std::uint64_t padded = record.set_size_padded;
  if (!std::has_single_bit(padded) || opening.position >= padded) return false;
  // A leaf of the set tree is SHA-256(0x00 ‖ salt ‖ item), and its nodes are those of RFC 6962.
  Bytes leaf = {0x00};
  append(leaf, BytesView(opening.salt));
  append(leaf, opening.item);
  return merkle::verify_inclusion(crypto::sha256(leaf), merkle::LeafIndex(opening.position),
                                  merkle::TreeSize(padded), opening.path, record.set_commitment)
      .has_value();
}

}  // namespace

Json OpeningStatement::to_json() const {
  Json out = record::start_payload(schema, head);
  Json siblings = Json::array();
  for (const crypto::Hash256& one : path) siblings.push_back(to_hex(one));
  out.set("run", run);
  out.set("counterparty", counterparty);
  out.set("position", position);
  out.set("salt", to_hex(salt));
  out.set("item", to_base64url(item));
  out.set("path", std::move(siblings));
  return out;
}

Result<OpeningStatement> OpeningStatement::from_json(const Json& payload) {
  OpeningStatement out;
  PARLEY_TRY(out.head, record::head_members(payload, schema));
  PARLEY_TRY(out.run, record::text_member(payload, "run"));
  PARLEY_TRY(out.counterparty, record::text_member(payload, "counterparty"));
  PARLEY_TRY(out.position, payload.uint_member("position"));
  PARLEY_TRY(out.salt, record::hash_member(payload, "salt"));
  PARLEY_TRY(const std::string item, payload.string_member("item"));
  PARLEY_TRY(out.item, from_base64url(item));
  PARLEY_TRY(const auto path, payload.strings_member("path"));
  if (path.size() > max_path) return fail(ErrorKind::bad_input, "the path is too long", "/path");
  for (const std::string& sibling : path) {
    PARLEY_TRY(const Bytes bytes, from_hex(sibling));
    PARLEY_TRY(const crypto::Hash256 hash, to_array<32>(bytes));
    out.path.push_back(hash);
  }
  return out;
}

std::string format_opening(const OpeningFile& file) {
  return encoding::write_json(Json::object({{"schema", file_schema},
                                            {"opening", file.opening},
                                            {"record", file.own_record},
                                            {"peer_record", file.peer_record}})) +
         "\n";
}

Result<OpeningStatement> read_opening(std::string_view file) {
  PARLEY_TRY(const OpeningFile parts, read_file(file));
  PARLEY_TRY(const record::Statement statement, record::peek_statement(parts.opening));
  return record::read_statement<OpeningStatement>(statement);
}

bool is_opening(BytesView file) {
  return !file.empty() && file.front() == '{';
}

Result<Report> verify_opening(std::string_view file, const Trust& trust) {
  PARLEY_TRY(const OpeningFile parts, read_file(file));
  PARLEY_TRY(const Signed opening_signed, read_signed(parts.opening, trust));
  PARLEY_TRY(const Signed own_signed, read_signed(parts.own_record, trust));
  PARLEY_TRY(const Signed peer_signed, read_signed(parts.peer_record, trust));
  PARLEY_TRY(const auto opening, record::read_statement<OpeningStatement>(opening_signed.statement));
  PARLEY_TRY(const auto own, record::read_statement<record::MatchStatement>(own_signed.statement));
  PARLEY_TRY(const auto other, record::read_statement<record::MatchStatement>(peer_signed.statement));

  Report report;
  report.kind = "opening";
  report.subject = opening.run;
  const bool one_run = opening.run == own.run && opening.head.node == own.head.node &&
                       opening.counterparty == own.counterparty;
  const auto worse = [](Verdict a, Verdict b) {
    if (a == Verdict::refuted || b == Verdict::refuted) return Verdict::refuted;
    return a == Verdict::proven && b == Verdict::proven ? Verdict::proven : Verdict::not_shown;
  };
  const Verdict by_node = worse(opening_signed.verdict, own_signed.verdict);
  report.claims.push_back(
      one_run ? claim(signed_claim, by_node, std::string(why_signed(by_node)))
              : claim(signed_claim, Verdict::refuted, "they are not about one run of one node"));
  const bool same_root = other.run == own.run && other.head.node == own.counterparty &&
                         other.peer_set_commitment == own.set_commitment &&
                         other.peer_set_size_padded == own.set_size_padded &&
                         other.offer_hash == own.offer_hash;
  report.claims.push_back(
      same_root ? claim(peer_claim, peer_signed.verdict, std::string(why_signed(peer_signed.verdict)))
                : claim(peer_claim, Verdict::refuted, "its record names another run, offer or root"));
  const bool leaf = leads_to_root(opening, own);
  report.claims.push_back(claim(leaf_claim, leaf ? Verdict::proven : Verdict::refuted,
                                leaf ? "its path leads to the root" : "its path leads to another root"));
  report.limits.emplace_back(
      "An opening shows that the item was committed to before the run, never that it was used in it: only a "
      "replay "
      "before an auditor shows that.");
  report.verdict = Verdict::proven;
  for (const Claim& one : report.claims) report.verdict = worse(report.verdict, one.verdict);
  return report;
}

}  // namespace parley::ledger
