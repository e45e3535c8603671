#include "ledger/evidence.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "encoding/zip.hpp"
#include "ledger/bundle_format.hpp"
#include "ledger/evidence_world.hpp"

namespace parley::ledger {
namespace {

using encoding::ZipMember;

Verdict verdict_of(const Result<Bytes>& bundle, const Trust& trust = world::trust()) {
  if (!bundle) {
    ADD_FAILURE() << bundle.error().text();
    return Verdict::not_shown;
  }
  const auto report = verify_bundle(*bundle, trust);
  return report ? report->verdict : Verdict::not_shown;
}

/// The first claim that is not proven, for messages and to see that the right one fell.
std::string broken_claim(const Result<Bytes>& bundle, const Trust& trust = world::trust()) {
  const auto report = verify_bundle(bundle.value(), trust);
  if (!report) return report.error().text();
  for (const Claim& claim : report->claims)
    if (claim.core && claim.verdict == report->verdict) return claim.claim + ": " + claim.why;
  return {};
}

/// A node that lies about one member and signs the lie properly.
Bytes signed_again(std::vector<ZipMember> members) {
  const std::string manifest = manifest_text(members);
  for (ZipMember& member : members) {
    if (member.name == bundle_name::manifest) member.content = to_bytes(manifest);
    if (member.name != bundle_name::manifest_jws) continue;
    auto payload = record::peek_statement(as_text(member.content))->members;
    payload.set("manifest_hash", to_hex(crypto::sha256(as_bytes(manifest))));
    member.content = to_bytes(*record::sign_statement(payload, world::key(1)));
  }
  return *encoding::write_zip(members);
}

TEST(Evidence, of_a_whole_release_is_proven) {
  const auto bundle = world::bundle(world::release());
  ASSERT_TRUE(bundle) << bundle.error().text();
  const auto report = verify_bundle(*bundle, world::trust());
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_EQ(report->verdict, Verdict::proven) << report_text(*report, false);
  EXPECT_EQ(report->kind, "release");
  EXPECT_FALSE(report->limits.empty());
  for (const Claim& claim : report->claims) {
    EXPECT_FALSE(claim.why.empty()) << claim.claim;
    if (claim.core) {
      EXPECT_EQ(claim.verdict, Verdict::proven) << claim.claim << ": " << claim.why;
    }
  }
}

TEST(Evidence, of_a_whole_run_is_proven) {
  EXPECT_EQ(verdict_of(world::bundle(world::run())), Verdict::proven)
      << broken_claim(world::bundle(world::run()));
}

TEST(Evidence, is_the_same_bytes_every_time) {
  EXPECT_EQ(*world::bundle(world::release()), *world::bundle(world::release()));
}

TEST(Evidence, without_the_package_still_proves_the_act) {
  EXPECT_EQ(verdict_of(world::bundle(world::release(), false)), Verdict::proven);
}

TEST(Evidence, without_a_trust_file_shows_no_authorship) {
  for (const auto& bundle : {world::bundle(world::release()), world::bundle(world::run())}) {
    const auto report = verify_bundle(*bundle, Trust{});
    EXPECT_EQ(report->verdict, Verdict::not_shown);
    for (const Claim& claim : report->claims)
      if (claim.rests_on.find("trust file") != std::string::npos) {
        EXPECT_EQ(claim.verdict, Verdict::not_shown) << claim.claim;
      }
  }
}

TEST(Evidence, needs_every_one_of_the_trusted_keys) {
  const auto bundle = world::bundle(world::release());
  Trust no_log = world::trust();
  no_log.logs.clear();
  Trust no_peer = world::trust();
  no_peer.roles.pop_back();
  Trust no_exporter = world::trust();
  no_exporter.roles.erase(no_exporter.roles.begin());
  for (const Trust& trust : {no_log, no_peer, no_exporter})
    EXPECT_EQ(verdict_of(bundle, trust), Verdict::not_shown);
}

TEST(Evidence, under_other_keys_is_refuted) {
  const auto bundle = world::bundle(world::release());
  Trust other_log = world::trust();
  other_log.logs[0].key = world::key(99).public_key();
  Trust other_peer = world::trust();
  other_peer.roles[1].key = world::key(99).public_key();
  for (const Trust& trust : {other_log, other_peer}) EXPECT_EQ(verdict_of(bundle, trust), Verdict::refuted);
}

TEST(Evidence, is_refused_when_it_is_no_archive) {
  for (const char* text : {"", "P", "hello, this is text", "%PDF-1.7"}) {
    const auto report = verify_bundle(as_bytes(text), world::trust());
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::bad_input);
  }
}

TEST(EvidenceTampering, any_single_byte_changed_is_never_proven) {
  const Bytes bundle = *world::bundle(world::release());
  const Trust trust = world::trust();
  for (std::size_t i = 0; i < bundle.size(); ++i) {
    Bytes changed = bundle;
    changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1U << i % 8));
    const auto report = verify_bundle(changed, trust);
    ASSERT_TRUE(!report || report->verdict != Verdict::proven) << "byte " << i;
  }
}

TEST(EvidenceTampering, any_single_byte_changed_inside_a_member_is_never_proven) {
  // The archive is written again around the change, so that its checksums do not give it away.
  const auto members = *encoding::read_zip(*world::bundle(world::release()));
  const Trust trust = world::trust();
  for (std::size_t m = 0; m < members.size(); ++m) {
    std::vector<ZipMember> changed = members;
    // All of the short members, a sample of the long ones: the test above has been at every byte.
    const std::size_t stride = 1 + members[m].content.size() / 100;
    for (std::size_t i = 0; i < members[m].content.size(); i += stride) {
      std::uint8_t& byte = changed[m].content[i];
      const std::uint8_t before = byte;
      byte = static_cast<std::uint8_t>(before ^ (1U << i % 8));
      const auto report = verify_bundle(*encoding::write_zip(changed), trust);
      ASSERT_TRUE(!report || report->verdict != Verdict::proven) << members[m].name << " byte " << i;
      byte = before;
    }
  }
}

TEST(EvidenceTampering, spare_bits_of_the_manifest_signature_give_no_second_form) {
  auto members = *encoding::read_zip(*world::bundle(world::release()));
  ZipMember& jws = members.back();
  ASSERT_EQ(jws.name, bundle_name::manifest_jws);
  const Bytes good = jws.content;
  for (std::size_t i = 0; i < good.size(); ++i) {
    // The last character of each part holds bits that no byte needs.
    if (i + 1 != good.size() && good[i + 1] != '.') continue;
    for (int bit = 0; bit < 8; ++bit) {
      jws.content = good;
      jws.content[i] = static_cast<std::uint8_t>(jws.content[i] ^ (1U << bit));
      EXPECT_NE(verdict_of(encoding::write_zip(members)), Verdict::proven) << "byte " << i << " bit " << bit;
    }
  }
}

TEST(EvidenceTampering, a_member_added_dropped_renamed_or_swapped_is_refuted_even_when_signed) {
  const auto members = *encoding::read_zip(*world::bundle(world::release()));
  ASSERT_EQ(verdict_of(signed_again(members)), Verdict::proven);
  std::vector<ZipMember> more = members;
  more.insert(more.begin(), {"notes.txt", to_bytes("trust me")});
  EXPECT_EQ(verdict_of(signed_again(more)), Verdict::refuted);
  for (std::size_t i = 0; i + 2 < members.size(); ++i) {
    std::vector<ZipMember> fewer = members;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(verdict_of(signed_again(fewer)), Verdict::refuted) << members[i].name;
  }
  std::vector<ZipMember> swapped = members;
  for (std::size_t i = 0; i + 1 < swapped.size(); ++i)
    if (swapped[i].name.starts_with("statements/") && swapped[i + 1].name.starts_with("statements/")) {
      std::swap(swapped[i].content, swapped[i + 1].content);
      EXPECT_EQ(verdict_of(signed_again(swapped)), Verdict::refuted) << swapped[i].name;
      std::swap(swapped[i].content, swapped[i + 1].content);
    }
}

TEST(EvidenceTampering, proofs_of_one_leaf_do_not_serve_another) {
  auto members = *encoding::read_zip(*world::bundle(world::release()));
  std::vector<ZipMember*> leaves;
  for (ZipMember& member : members)
    if (member.name.ends_with(".leaf")) leaves.push_back(&member);
  ASSERT_GT(leaves.size(), 2U);
  std::swap(leaves[0]->content, leaves[1]->content);
  EXPECT_EQ(verdict_of(signed_again(members)), Verdict::refuted);
}

/// What a node may try before it signs, and the claim that must fall.
struct Lie {
  std::string name;
  std::function<void(world::Release&)> tell;
  Verdict verdict = Verdict::refuted;
};

std::vector<Lie> lies() {
  using world::at;
  using world::Release;
  return {
      {"same officer twice", [](Release& r) { r.approvals[1] = r.approvals[0]; }},
      {"same key twice",
       [](Release& r) {
         r.approvals[1].key = r.approvals[0].key;
         r.officers[1].key = r.officers[0].key;
         r.officer_keys[1] = r.officer_keys[0].clone();
         r.settle();
       }},
      {"same unit twice", [](Release& r) { r.approvals[1].unit = r.officers[1].unit = r.approvals[0].unit; }},
      {"unit of no enrolment", [](Release& r) { r.approvals[1].unit = "Board"; }},
      {"key of no enrolment",
       [](Release& r) {
         r.approvals[1].key = world::key(77).public_key();
         r.officer_keys[1] = world::key(77);
         r.settle();
       }},
      {"approval of another decision",
       [](Release& r) {
         r.approvals[1].terms.purpose = "attribution";
         r.approvals[1].signature =
             r.officer_keys[1].sign(record::approval_message(r.approvals[1].terms.hash()));
       }},
      {"approval by the other officer's key",
       [](Release& r) { r.approvals[1].signature = r.approvals[0].signature; }},
      {"a no counted as a yes",
       [](Release& r) {
         r.approvals[1].signature =
             r.officer_keys[1].sign(record::rejection_message(r.decision.terms.hash()));
       }},
      {"a no",
       [](Release& r) {
         r.approvals[1].verdict = "reject";
         r.approvals[1].signature =
             r.officer_keys[1].sign(record::rejection_message(r.decision.terms.hash()));
       }},
      {"package changed after approval",
       [](Release& r) {
         const auto approvals = r.approvals;
         r.package.push_back(' ');
         r.settle();
         r.approvals = approvals;
       }},
      {"one approval only", [](Release& r) { r.approvals.pop_back(); }, Verdict::not_shown},
      {"no enrolment", [](Release& r) { r.officers.pop_back(); }, Verdict::not_shown},
      {"enrolled after the approval", [](Release& r) { r.officers[1].head.created = at(15); }},
      {"approved before the decision", [](Release& r) { r.approvals[1].head.created = at(9); }},
      {"key revoked before the approval",
       [](Release& r) {
         r.revocations.push_back({{"01890000-0000-7000-8000-00000000dd01", world::alpha, at(11)},
                                  r.approvals[0].officer,
                                  r.approvals[0].key,
                                  "left"});
       }},
      {"approval dated back to before a revocation that stands ahead of it",
       [](Release& r) {
         r.revoked_first = true;
         r.revocations.push_back({{"01890000-0000-7000-8000-00000000dd01", world::alpha, at(14)},
                                  r.approvals[0].officer,
                                  r.approvals[0].key,
                                  "left"});
       }},
      {"delivered after the agreement had ended",
       [](Release& r) {
         r.agreement.valid_to = at(15);
         r.settle();
       }},
      {"delivery dated back to before the expiry", [](Release& r) { r.delivery_recorded = at(61); },
       Verdict::not_shown},
      {"delivered after the expiry", [](Release& r) { r.delivery.head.created = at(61); }},
      {"delivered before the approval", [](Release& r) { r.delivery.head.created = at(11); }},
      {"delivered to somebody else", [](Release& r) { r.delivery.recipient = "node.example/charlie"; }},
      {"delivered another package", [](Release& r) { r.delivery.package_hash[0] ^= 1; }},
      {"delivery by another node", [](Release& r) { r.delivery.head.node = world::bravo; }},
      {"receipt for another package", [](Release& r) { r.receipt.package_hash[0] ^= 1; }},
      {"receipt for another release",
       [](Release& r) { r.receipt.release = "01890000-0000-7000-8000-00000000bb02"; }},
      {"receipt naming another sender", [](Release& r) { r.receipt.sender = world::bravo; }},
      {"receipt of a node that is no recipient", [](Release& r) { r.receipt.head.node = world::alpha; }},
      {"purpose outside the agreement",
       [](Release& r) {
         r.decision.terms.purpose = "curiosity";
         r.settle();
       }},
      {"agreement expired",
       [](Release& r) {
         r.agreement.valid_to = at(5);
         r.settle();
       }},
      {"agreement not yet in force",
       [](Release& r) {
         r.agreement.valid_from = at(11);
         r.settle();
       }},
      {"agreement that ends with the moment of the decision",
       [](Release& r) {
         r.agreement.valid_to = at(10);
         r.settle();
       }},
      {"recipient outside the agreement",
       [](Release& r) {
         r.decision.terms.recipients = {"node.example/charlie"};
         r.delivery.recipient = "node.example/charlie";
         r.settle();
       }},
      {"agreement naming another key",
       [](Release& r) {
         r.agreement.parties[1].role_key = world::key(50).public_key();
         r.settle();
       }},
  };
}

TEST(EvidenceLies, of_a_node_with_all_its_keys_do_not_pass) {
  for (const Lie& lie : lies()) {
    world::Release release = world::release();
    lie.tell(release);
    const auto bundle = world::bundle(release);
    EXPECT_EQ(verdict_of(bundle), lie.verdict) << lie.name << " -> " << broken_claim(bundle);
  }
}

TEST(EvidenceLies, each_missing_statement_is_noticed) {
  const EvidenceInput whole = world::input(world::release());
  for (std::size_t i = 0; i < whole.statements.size(); ++i) {
    EvidenceInput less = whole;
    less.statements.erase(less.statements.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(verdict_of(build_bundle(less, world::key(1))), Verdict::not_shown)
        << record::peek_statement(whole.statements[i].jws)->schema;
  }
}

TEST(EvidenceLies, a_statement_without_its_proof_is_not_shown) {
  const EvidenceInput whole = world::input(world::release());
  for (std::size_t i = 0; i < whole.statements.size(); ++i) {
    EvidenceInput less = whole;
    less.statements[i].recorded.reset();
    const auto statement = record::peek_statement(whole.statements[i].jws);
    // What the other node said need not be in this log.
    const bool own = statement->key_id == record::key_id(world::key(1).public_key());
    const Verdict expected = own ? Verdict::not_shown : Verdict::proven;
    EXPECT_EQ(verdict_of(build_bundle(less, world::key(1))), expected) << statement->schema;
  }
}

TEST(EvidenceLies, statements_by_another_key_or_under_another_checkpoint_are_refuted) {
  EvidenceInput forged = world::input(world::release());
  for (EvidenceStatement& statement : forged.statements) {
    const auto read = record::peek_statement(statement.jws);
    if (read->schema != record::ReceiptStatement::schema) continue;
    statement.jws =
        *record::sign_statement(read->members, world::key(98));  // a receipt that bravo never signed
    statement.recorded.reset();
  }
  EXPECT_EQ(verdict_of(build_bundle(forged, world::key(1))), Verdict::refuted);

  EvidenceInput other = world::input(world::release());
  other.checkpoint = world::input(world::run()).checkpoint;
  EXPECT_EQ(verdict_of(build_bundle(other, world::key(1))), Verdict::refuted);
  EXPECT_EQ(verdict_of(build_bundle(world::input(world::release()), world::key(98))), Verdict::refuted);
}

TEST(EvidenceLies, about_a_run_do_not_pass) {
  using world::Run;
  const std::vector<std::pair<std::string, std::function<void(Run&)>>> cases = {
      {"transcript", [](Run& r) { r.responder.transcript_hash[0] ^= 1; }},
      {"offer", [](Run& r) { r.responder.offer_hash[0] ^= 1; }},
      {"set", [](Run& r) { r.responder.set_commitment[0] ^= 1; }},
      {"size", [](Run& r) { r.responder.peer_set_size_padded = 2048; }},
      {"role", [](Run& r) { r.responder.role = "initiator"; }},
      {"run", [](Run& r) { r.responder.run = "01890000-0000-7000-8000-00000000cc02"; }},
      {"protocol", [](Run& r) { r.initiator.security = "malicious"; }},
      {"purpose", [](Run& r) { r.initiator.purpose = r.responder.purpose = "curiosity"; }},
      {"type", [](Run& r) { r.initiator.types = r.responder.types = {"iban"}; }},
      {"too large", [](Run& r) { r.initiator.set_size_padded = r.responder.peer_set_size_padded = 8192; }},
      {"expired", [](Run& r) { r.initiator.head.created = world::at(60LL * 25); }},
  };
  for (const auto& [name, tell] : cases) {
    Run run = world::run();
    tell(run);
    EXPECT_EQ(verdict_of(world::bundle(run)), Verdict::refuted) << name;
  }
}

/// The claim about officers' approvals of a run.
Claim approval_claim(const world::Run& run) {
  const auto report = verify_bundle(world::bundle(run).value(), world::trust());
  if (!report) return {};
  for (const Claim& claim : report->claims)
    if (claim.claim.find("approved") != std::string::npos) return claim;
  return {};
}

TEST(Evidence, tells_how_many_officers_of_different_units_approved_a_run) {
  const world::Run approved = world::approved_run();
  EXPECT_EQ(verdict_of(world::bundle(approved)), Verdict::proven) << broken_claim(world::bundle(approved));
  const Claim both = approval_claim(approved);
  EXPECT_EQ(both.verdict, Verdict::proven);
  EXPECT_EQ(both.claim, "2 officers of different units approved exactly this run");
  // Who the officers are stays out of what is handed on.
  const Bytes bundle = *world::bundle(approved);
  EXPECT_EQ(as_text(bundle).find("Officer 0"), std::string_view::npos);
  EXPECT_NE(as_text(bundle).find("question about exactly this set"), std::string_view::npos) << "the report";

  world::Run one = approved;
  one.approvals.pop_back();
  EXPECT_EQ(approval_claim(one).claim, "1 officer approved exactly this run");
  world::Run same_unit = approved;
  same_unit.approvals[1].unit = same_unit.officers[1].unit = "Operations";
  EXPECT_EQ(approval_claim(same_unit).claim, "2 officers approved exactly this run");

  const Claim none = approval_claim(world::run());
  EXPECT_EQ(none.verdict, Verdict::not_shown);
  EXPECT_FALSE(none.core);
  EXPECT_EQ(verdict_of(world::bundle(world::run())), Verdict::proven);

  world::Run unenrolled = approved;
  unenrolled.officers.pop_back();
  EXPECT_EQ(verdict_of(world::bundle(unenrolled)), Verdict::not_shown);
}

TEST(EvidenceLies, about_officers_who_approved_a_run_do_not_pass) {
  using world::Run;
  const auto terms = [](Run& run, const std::function<void(record::MatchTerms&)>& change) {
    for (auto& approval : run.approvals) change(approval.terms);
    run.settle();
  };
  using Terms = record::MatchTerms;
  const std::vector<std::pair<std::string, std::function<void(Run&)>>> cases = {
      {"set", [&](Run& r) { terms(r, [](Terms& t) { t.set_root[0] ^= 1; }); }},
      {"size", [&](Run& r) { terms(r, [](Terms& t) { t.set_size_padded *= 2; }); }},
      {"peer", [&](Run& r) { terms(r, [](Terms& t) { t.peer = "node.example/other"; }); }},
      {"role", [&](Run& r) { terms(r, [](Terms& t) { t.role = "responder"; }); }},
      {"agreement", [&](Run& r) { terms(r, [](Terms& t) { t.agreement = std::string(64, '0'); }); }},
      {"purpose", [&](Run& r) { terms(r, [](Terms& t) { t.purpose = "curiosity"; }); }},
      {"types", [&](Run& r) { terms(r, [](Terms& t) { t.types = {"ipv4-addr"}; }); }},
      {"output", [&](Run& r) { terms(r, [](Terms& t) { t.output = "size"; }); }},
      {"learner", [&](Run& r) { terms(r, [](Terms& t) { t.learner = "both"; }); }},
      {"protocol", [&](Run& r) { terms(r, [](Terms& t) { t.protocols = {"vole-rr22/1"}; }); }},
      {"peer's size", [&](Run& r) { terms(r, [](Terms& t) { t.peer_size_padded = 64; }); }},
      {"expiry", [&](Run& r) { terms(r, [](Terms& t) { t.expiry = world::at(4); }); }},
      {"no", [](Run& r) { r.approvals[0].verdict = "reject"; }},
      {"signature", [](Run& r) { r.approvals[0].signature = r.approvals[1].signature; }},
      {"node", [](Run& r) { r.approvals[0].head.node = "node.example/other"; }},
      {"afterwards", [](Run& r) { r.approved_afterwards = true; }},
      {"dated later", [](Run& r) { r.approvals[0].head.created = world::at(6); }},
      {"one person twice", [](Run& r) { r.approvals[1].officer = r.approvals[0].officer; }},
      {"one key twice",
       [](Run& r) {
         r.approvals[1].key = r.approvals[0].key;
         r.officer_keys[1] = 10;
         r.settle();
       }},
      {"another unit than enrolled", [](Run& r) { r.approvals[1].unit = "Board"; }},
      {"revoked before",
       [](Run& r) {
         record::OfficerRevocation revocation;
         revocation.head = {"01890000-0000-7000-8000-000000009001", world::alpha, world::at(2)};
         revocation.officer = r.officers[0].officer;
         revocation.key = r.officers[0].key;
         revocation.reason = "left";
         r.revocations.push_back(revocation);
       }},
  };
  for (const auto& [name, tell] : cases) {
    Run run = world::approved_run();
    tell(run);
    EXPECT_EQ(verdict_of(world::bundle(run)), Verdict::refuted) << name;
  }
}

TEST(EvidenceWitnesses, count_when_the_trust_file_asks_for_them) {
  const merkle::VerifierKey witness{"witness.example/w1", merkle::KeyType::cosignature_v1,
                                    world::key(42).public_key()};
  Trust trust = world::trust();
  trust.witnesses = {{"w1", witness}};
  trust.quorum = "w1";
  EXPECT_EQ(verdict_of(world::bundle(world::release()), trust), Verdict::not_shown);

  EvidenceInput input = world::input(world::release());
  merkle::Note note = *merkle::parse_note(input.checkpoint);
  note.signatures.push_back(merkle::cosign(note.text, witness.name, world::at(30), world::key(42)));
  const auto with = [&](const merkle::Note& cosigned) {
    input.checkpoint = merkle::format_note(cosigned);
    for (EvidenceStatement& statement : input.statements)
      if (statement.recorded) statement.recorded->proof.proof.checkpoint = input.checkpoint;
    return build_bundle(input, world::key(1));
  };
  EXPECT_EQ(verdict_of(with(note), trust), Verdict::proven) << broken_claim(with(note), trust);
  note.signatures.back().signature[20] ^= 1;
  EXPECT_EQ(verdict_of(with(note), trust), Verdict::refuted);
  EXPECT_EQ(verdict_of(with(note)), Verdict::proven) << "a witness that nobody trusts is passed over";
}

TEST(EvidenceReport, shows_no_text_of_the_bundle_unescaped) {
  world::Release release = world::release();
  release.decision.items[0].ref = "<script>alert(1)</script>";
  release.decision.items[0].marking = "\"><img src=x>";
  release.agreement.parties[0].authority = "<b>law</b> & 'order'";
  release.settle();
  const auto members = *encoding::read_zip(*world::bundle(release));
  for (const ZipMember& member : members) {
    if (member.name != bundle_name::report) continue;
    const std::string_view html = as_text(member.content);
    EXPECT_EQ(html.find("<script"), std::string_view::npos);
    EXPECT_EQ(html.find("<img"), std::string_view::npos);
    EXPECT_EQ(html.find("<b>law"), std::string_view::npos);
    EXPECT_NE(html.find("&lt;b&gt;law&lt;/b&gt; &amp; &#39;order&#39;"), std::string_view::npos);
    EXPECT_EQ(html.find("http"), html.find("http-equiv"));  // the one "http" is no address
  }
}

TEST(EvidenceReport, is_one_object_of_json_and_a_text_without_terminal_controls) {
  const auto report = verify_bundle(*world::bundle(world::release()), world::trust());
  const encoding::Json json = report_json(*report);
  EXPECT_EQ(*json.string_member("verdict"), "proven");
  EXPECT_EQ(json.find("claims")->size(), report->claims.size());
  Report odd = *report;
  odd.claims[0].why = "\x1b[2Jgone";
  EXPECT_EQ(report_text(odd, false).find('\x1b'), std::string::npos);
  EXPECT_NE(report_text(odd, true).find("\x1b[32m"), std::string::npos);
}

/// Not a check: leaves the bundles of this world where other people's tools can be tried on them.
TEST(EvidenceFiles, are_left_for_the_interop_tests) {
  const std::string folder = testing::TempDir();
  const auto write = [&](const std::string& name, BytesView bytes) {
    std::ofstream out(folder + name, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    EXPECT_TRUE(out.good());
  };
  write("parley-release.zip", *world::bundle(world::release()));
  write("parley-match.zip", *world::bundle(world::run()));
  write("parley-trust.txt", as_bytes(format_trust(world::trust())));
}

}  // namespace
}  // namespace parley::ledger
