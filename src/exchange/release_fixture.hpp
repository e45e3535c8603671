#pragma once

// Two nodes with officers and STIX objects, for tests of the gate and of releases.

#include <map>
#include <string>
#include <vector>

#include "exchange/approval.hpp"
#include "exchange/importing.hpp"
#include "exchange/officer.hpp"
#include "exchange/release_session.hpp"
#include "exchange/two_nodes_fixture.hpp"

namespace parley::exchange {

inline const std::string green_ref = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb";
inline const std::string strict_ref = "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003";
inline const std::string amber1_ref = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82";

/// "TYPE--00000000-0000-4000-8000-0000000000NN".
inline std::string stix_id(const std::string& type, unsigned number) {
  std::string digits = std::to_string(number);
  return type + "--00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits;
}

/// A STIX 2.1 object; `more` are further members, written as JSON without braces, after a comma.
inline std::string stix(const std::string& type, unsigned number, const std::string& marking,
                        const std::string& more = "") {
  std::string out = R"({"type":")" + type + R"(","spec_version":"2.1","id":")" + stix_id(type, number) +
                    R"(","created":"2025-01-01T00:00:00.000Z","modified":"2025-01-01T00:00:00.000Z")";
  if (!marking.empty()) out += R"(,"object_marking_refs":[")" + marking + R"("])";
  return out + (more.empty() ? "" : "," + more) + "}";
}

inline std::string indicator(unsigned number, const std::string& marking, const std::string& domain,
                             const std::string& more = "") {
  return stix(
      "indicator", number, marking,
      R"("pattern_type":"stix","valid_from":"2025-01-01T00:00:00Z","pattern":"[domain-name:value = ')" +
          domain + R"(']")" + (more.empty() ? "" : "," + more));
}

struct ReleaseWorld : TwoNodes {
  std::map<std::string, crypto::SigningKey> officer_keys;

  ReleaseWorld() {
    add_officer_of(alpha, "Olga", "Operations");
    add_officer_of(alpha, "Lena", "Legal");
    add_officer_of(alpha, "Omar", "Operations");
  }

  void add_officer_of(MemoryNode& node, const std::string& name, const std::string& unit) {
    crypto::SigningKey key = crypto::SigningKey::generate(node.entropy);
    const auto officer = add_officer(*node.node, name, unit, key.public_key());
    EXPECT_TRUE(officer) << (officer ? "" : officer.error().text());
    officer_keys.emplace(name, std::move(key));
  }

  /// Imports a bundle of objects into alpha.
  void import(const std::vector<std::string>& objects, ImportOptions options = {}) {
    std::string bundle = R"({"type":"bundle","id":")" + stix_id("bundle", 1) + R"(","objects":[)";
    for (std::size_t i = 0; i < objects.size(); ++i) bundle += (i == 0 ? "" : ",") + objects[i];
    bundle += "]}";
    const intel::WarninglistSet none;
    options.format = intel::InputFormat::stix;
    Import import(*alpha.node, options, none, {});
    EXPECT_TRUE(import.begin_file("bundle.json", "bundle.json"));
    EXPECT_TRUE(import.feed(as_bytes(bundle)));
    EXPECT_TRUE(import.end_file());
    const auto report = import.finish();
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_EQ(report->rejected, 0U) << encoding::write_json(report->to_json());
  }

  /// Puts other rules in force at alpha: those of the fixture and more.
  void add_rules(std::string_view more) {
    rules_ = std::make_unique<policy::Policy>(
        policy::Policy::load(std::string(two_nodes_policy) + std::string(more)).value());
    alpha.node->set_policy(*rules_);
  }

  ReleaseQuestion asked(std::vector<std::string> objects) const {
    return {"CERT Bravo", agreement, "fraud", std::move(objects), std::chrono::hours(72)};
  }

  /// Proposes the release of indicator 1 and returns it.
  Release propose() {
    import({indicator(1, green_ref, "one.example.org")});
    const auto release = propose_release(*alpha.node, asked({stix_id("indicator", 1)}));
    EXPECT_TRUE(release) << (release ? "" : release.error().text());
    return release ? *release : Release{};
  }

  Result<std::string> sign(const Release& release, const std::string& officer,
                           Verdict verdict = Verdict::approve) {
    PARLEY_TRY(const ApprovalRequest request, request_approval(*alpha.node, release.id, officer));
    return sign_approval(request, verdict, officer_keys.at(officer), alpha.clock, alpha.entropy);
  }

  Result<Release> approve(const Release& release, const std::string& officer) {
    PARLEY_TRY(const std::string answer, sign(release, officer));
    return submit_approval(*alpha.node, answer);
  }

  Release approved() {
    const Release release = propose();
    EXPECT_TRUE(approve(release, "Olga"));
    const auto done = approve(release, "Lena");
    EXPECT_TRUE(done) << (done ? "" : done.error().text());
    return done ? *done : Release{};
  }

  struct Delivered {
    Wire wire;
    std::optional<Release> sent;
    std::optional<ReceivedRelease> received;
  };
  Delivered deliver(const std::string& release, const Meddle& meddle = {}) {
    ReleaseSender sender(*alpha.node, release);
    ReleaseReceiver receiver(*bravo.node, alpha.origin, sender.session());
    Delivered out;
    out.wire = drive(sender, receiver, meddle);
    out.sent = sender.result();
    out.received = receiver.result();
    return out;
  }

 private:
  std::unique_ptr<policy::Policy> rules_;
};

template <class T>
bool refused_by(const Result<T>& result, std::string_view rule) {
  if (result || result.error().kind != ErrorKind::refused) return false;
  const std::vector<std::string>& rules = result.error().rules;
  return std::ranges::find(rules, rule) != rules.end();
}

template <class T>
std::string text_of(const Result<T>& result) {
  return result ? "it succeeded" : result.error().text();
}

}  // namespace parley::exchange
