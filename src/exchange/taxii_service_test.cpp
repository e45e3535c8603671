#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "exchange/taxii_callers.hpp"
#include "exchange/taxii_fixture.hpp"
#include "taxii/timestamp.hpp"

namespace parley::exchange {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// ---- who may ask

TEST_F(Taxii, without_credentials_everything_is_401_with_a_challenge) {
  for (const std::string& where : {std::string("/taxii2/"), path(), std::string("/taxii2/nothing/")}) {
    const Answer answer = get(where, "", "");
    EXPECT_EQ(answer.status, 401) << where;
    EXPECT_TRUE(answer.challenge);
    EXPECT_EQ(error_status(answer), "401");
  }
  EXPECT_EQ(get("/taxii2/", "", "nobody").status, 401);
}

TEST_F(Taxii, a_password_a_token_or_a_certificate_says_who_it_is) {
  CallerRequest request;
  request.name = "carol";
  request.with_password = request.with_token = true;
  request.certificate = std::string(64, 'a');
  const NewSecrets secrets = add_caller(*node.node, request).value().second;
  TaxiiCredentials basic{.basic_user = "carol", .basic_password = secrets.password};
  EXPECT_EQ(service->authenticate(basic).value(), "carol");
  EXPECT_EQ(service->authenticate(basic).value(), "carol") << "remembered";
  EXPECT_EQ(service->authenticate({.bearer = secrets.token}).value(), "carol");
  crypto::Hash256 certificate{};
  certificate.fill(0xaa);
  EXPECT_EQ(service->authenticate({.certificate = certificate}).value(), "carol");
  certificate[0] = 0;
  EXPECT_FALSE(service->authenticate({.certificate = certificate}));
  basic.basic_password = "wrong";
  EXPECT_EQ(service->authenticate(basic).error().kind, ErrorKind::not_found);
  EXPECT_FALSE(service->authenticate({.basic_user = "nobody", .basic_password = secrets.password}));
  EXPECT_FALSE(service->authenticate({.basic_user = "alice", .basic_password = secrets.password}))
      << "has no password";
  EXPECT_FALSE(service->authenticate({.bearer = secrets.password}));
  EXPECT_FALSE(service->authenticate({}));
  ASSERT_TRUE(revoke_caller(*node.node, "carol"));
  EXPECT_FALSE(service->authenticate({.bearer = secrets.token}));
  EXPECT_FALSE(service->authenticate({.basic_user = "carol", .basic_password = secrets.password}))
      << "what was remembered is forgotten";
  EXPECT_EQ(get("/taxii2/", "", "carol").status, 401);
}

TEST_F(Taxii, guessing_passwords_is_slowed_down_for_the_guesser_alone) {
  CallerRequest request;
  request.name = "carol";
  request.password = "correct horse";
  ASSERT_TRUE(add_caller(*node.node, request));
  TaxiiCallers callers(node.entropy, 2);
  callers.replace(list_callers(*node.store->snapshot().value()).value());
  const TaxiiCredentials right{.basic_user = "carol", .basic_password = "correct horse"};
  const Timestamp now = node.clock.now();
  ASSERT_TRUE(callers.authenticate(right, now));
  EXPECT_FALSE(callers.authenticate({.basic_user = "carol", .basic_password = "wrong"}, now));
  EXPECT_TRUE(callers.authenticate(right, now)) << "who is known costs no check";
  callers.replace(list_callers(*node.store->snapshot().value()).value());
  EXPECT_FALSE(callers.authenticate(right, now)) << "no check is left";
  EXPECT_TRUE(callers.authenticate(right, now + TaxiiCallers::check_window));
}

TEST_F(Taxii, an_unknown_caller_collection_or_object_is_404_alike) {
  allow("outsider", "indicators");
  TaxiiCollection other;
  other.title = "Other";
  const std::string other_id = add_collection(*node.node, other).value().id;
  const std::string base = "/taxii2/intel/collections/";
  const std::string none = *get(base + "91a7b528-80eb-42ed-a74d-c6fbd5a26116/objects/").body;
  EXPECT_EQ(*get(base + other_id + "/objects/").body, none);
  EXPECT_EQ(*get(base + other_id + "/").body, none);
  EXPECT_EQ(*get(path("objects/" + stix_id("indicator", 9) + "/")).body, none);
  EXPECT_EQ(*get("/taxii2/elsewhere/").body, none);
  EXPECT_EQ(get(base + "not-a-uuid/objects/").status, 404);
}

// ---- resources

TEST_F(Taxii, discovery_names_the_api_roots_of_the_caller_and_a_default_among_them) {
  EXPECT_EQ(*get("/taxii2/").body,
            R"({"title":"CERT Alpha","default":"/taxii2/intel/","api_roots":["/taxii2/intel/"]})");
  EXPECT_EQ(*get("/taxii2").body, *get("/taxii2/").body);
  CallerRequest request;
  request.name = "newcomer";
  request.with_token = true;
  ASSERT_TRUE(add_caller(*node.node, request));
  EXPECT_EQ(*get("/taxii2/", "", "newcomer").body, R"({"title":"CERT Alpha"})");
  EXPECT_EQ(get("/taxii2/intel/", "", "newcomer").status, 404);
}

TEST_F(Taxii, an_api_root_says_its_version_and_the_largest_body) {
  const Json root = json(get("/taxii2/intel/"));
  EXPECT_EQ(root.strings_member("versions").value(),
            std::vector<std::string>{"application/taxii+json;version=2.1"});
  EXPECT_EQ(root.uint_member("max_content_length").value(), TaxiiSettings{}.max_content_length);
}

TEST_F(Taxii, collections_stand_in_a_fixed_order_with_the_rights_of_the_caller) {
  TaxiiCollection more;
  for (const char* title : {"B", "A", "C"}) {
    more.title = title;
    more.alias = std::string("alias-") + title;
    ASSERT_TRUE(add_collection(*node.node, more));
    allow("alice", more.alias);
  }
  const Json list = json(get("/taxii2/intel/collections/"));
  std::vector<std::string> seen;
  for (const Json& one : *list.array_member("collections").value()) {
    seen.push_back(one.string_member("id").value());
    EXPECT_TRUE(one.bool_member("can_read").value());
    EXPECT_FALSE(one.bool_member("can_write").value());
    EXPECT_TRUE(one.contains("media_types"));
  }
  EXPECT_EQ(seen.size(), 4U);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  EXPECT_EQ(add_collection(*node.node, more).error().kind, ErrorKind::conflict) << "aliases are unique";
  EXPECT_TRUE(json(get(path(""), "", "writer")).bool_member("can_write").value());
  EXPECT_EQ(*get("/taxii2/intel/collections/indicators/").body, *get(path("")).body) << "by its alias";
}

TEST_F(Taxii, a_method_that_a_resource_has_not_is_405_with_what_it_has) {
  EXPECT_EQ(post("{}", "writer", "/taxii2/").allow, "GET, HEAD");
  EXPECT_EQ(post("{}", "writer", path("manifest/")).status, 405);
  EXPECT_EQ(erase(path()).allow, "GET, HEAD, POST");
  EXPECT_EQ(erase(path("")).status, 405);
}

// ---- pages

TEST_F(Taxii, an_empty_collection_is_an_empty_object_without_dates) {
  for (const std::string& where : {path(), path("manifest/")}) {
    const Answer answer = get(where);
    EXPECT_EQ(*answer.body, "{}");
    EXPECT_FALSE(answer.date_added_first || answer.date_added_last);
  }
}

TEST_F(Taxii, objects_and_manifest_rise_by_date_added_and_the_dates_are_told) {
  for (unsigned n : {3U, 1U, 2U}) {
    import({indicator(n, green_ref, "a" + std::to_string(n) + ".example.org")});
    fill();
    node.clock.advance(std::chrono::seconds(1));
  }
  const Answer objects = get(path());
  EXPECT_THAT(ids(objects),
              ElementsAre(stix_id("indicator", 3), stix_id("indicator", 1), stix_id("indicator", 2)));
  const Answer manifest = get(path("manifest/"));
  EXPECT_EQ(ids(manifest), ids(objects));
  const Json list = json(manifest);
  const Json::Array& records = *list.array_member("objects").value();
  EXPECT_EQ(records.front().string_member("date_added").value(),
            taxii::format_timestamp(*objects.date_added_first));
  EXPECT_EQ(records.back().string_member("date_added").value(),
            taxii::format_timestamp(*objects.date_added_last));
  EXPECT_EQ(records.front().string_member("version").value(), "2025-01-01T00:00:00.000000Z");
  EXPECT_EQ(records.front().string_member("media_type").value(), "application/stix+json;version=2.1");
}

TEST_F(Taxii, paging_by_next_and_by_the_last_date_meets_every_object_once) {
  std::vector<std::string> all;
  std::vector<std::string> expected;
  for (unsigned n = 1; n <= 20; ++n) {
    all.push_back(indicator(n, green_ref, "a" + std::to_string(n) + ".example.org"));
    expected.push_back(stix_id("indicator", n));
  }
  import(all);
  fill();  // all in one go: within one microsecond each
  for (const bool by_next : {true, false}) {
    std::vector<std::string> seen;
    std::string query = "limit=7";
    for (int pages = 0; pages < 10; ++pages) {
      const Answer answer = get(path(), query);
      const auto page = ids(answer);
      EXPECT_LE(page.size(), 7U) << "never more than asked";
      seen.insert(seen.end(), page.begin(), page.end());
      const Json body = json(answer);
      const Json* more = body.find("more");
      if (more == nullptr || !*more->if_bool()) break;
      EXPECT_TRUE(body.contains("next")) << "clients loop for ever without it";
      query = by_next ? "limit=7&next=" + body.string_member("next").value()
                      : "limit=7&added_after=" + taxii::format_timestamp(*answer.date_added_last);
    }
    EXPECT_EQ(seen, expected);
  }
}

TEST_F(Taxii, added_after_is_exclusive_at_full_precision) {
  import({indicator(1, green_ref, "a.example.org"), indicator(2, green_ref, "b.example.org")});
  fill();
  const Answer all = get(path());
  const std::string first = taxii::format_timestamp(*all.date_added_first);
  EXPECT_THAT(ids(get(path(), "added_after=" + first)), ElementsAre(stix_id("indicator", 2)));
  std::string nanoseconds = first;
  nanoseconds.insert(nanoseconds.size() - 1, "999");
  EXPECT_THAT(ids(get(path(), "added_after=" + nanoseconds)), ElementsAre(stix_id("indicator", 2)));
  EXPECT_EQ(ids(get(path(), "added_after=" + first.substr(0, 19) + "Z")).size(),
            first.substr(20, 6) == "000000" ? 1U : 2U)
      << "seconds alone";
  EXPECT_EQ(ids(get(path(), "added_after=1970-01-01T00:00:00.000000Z")).size(), 2U);
  EXPECT_EQ(*get(path(), "added_after=" + taxii::format_timestamp(*all.date_added_last)).body, "{}");
}

TEST_F(Taxii, malformed_parameters_are_400) {
  for (const char* bad :
       {"limit=0", "limit=-1", "limit=abc", "next=bogus", "added_after=2020-01-01T00:00:00+00:00",
        "match[version]=all,last", "match[type]=a&match[type]=b", "added_after=undefined"}) {
    for (const std::string& where : {path(), path("manifest/")}) {
      EXPECT_EQ(get(where, bad).status, 400) << bad;
      EXPECT_EQ(error_status(get(where, bad)), "400");
    }
  }
}

TEST_F(Taxii, a_server_limit_caps_every_page) {
  TaxiiSettings settings;
  settings.max_page = settings.default_page = 3;
  restart(settings);
  std::vector<std::string> all;
  for (unsigned n = 1; n <= 5; ++n)
    all.push_back(indicator(n, green_ref, "a" + std::to_string(n) + ".example.org"));
  import(all);
  fill();
  EXPECT_EQ(ids(get(path())).size(), 3U);
  EXPECT_EQ(ids(get(path(), "limit=100")).size(), 3U);
  EXPECT_EQ(ids(get(path(), "limit=2")).size(), 2U);
  settings.max_page = settings.default_page = 100;
  settings.max_page_bytes = 10;
  restart(settings);
  const Answer answer = get(path());
  EXPECT_EQ(ids(answer).size(), 1U) << "by bytes, but never none";
  EXPECT_TRUE(*json(answer).find("more")->if_bool());
}

TEST_F(Taxii, fields_of_match_hold_together_and_values_are_alternatives) {
  import({indicator(1, green_ref, "a.example.org"), versioned("tool", 2, "2025-01-01T00:00:00.000Z"),
          versioned("malware", 3, "2025-01-01T00:00:00.000Z", green_ref, R"("is_family":false)")});
  fill();
  EXPECT_THAT(ids(get(path(), "match[type]=tool,malware")),
              ElementsAre(stix_id("tool", 2), stix_id("malware", 3)));
  EXPECT_THAT(ids(get(path(), "match[type]=tool&match[id]=" + stix_id("malware", 3))), IsEmpty());
  EXPECT_THAT(ids(get(path("manifest/"), "match[id]=" + stix_id("tool", 2))),
              ElementsAre(stix_id("tool", 2)));
  EXPECT_THAT(ids(get(path(), "match[type]=no-such-type")), IsEmpty());
  EXPECT_EQ(ids(get(path(), "match[spec_version]=2.1")).size(), 3U);
  EXPECT_THAT(ids(get(path(), "match[spec_version]=2.0")), IsEmpty());
  EXPECT_THAT(ids(get(path(), "match[spec_version]=9.9")), IsEmpty());
  EXPECT_EQ(ids(get(path(), "match[unheard_of]=x")).size(), 3U) << "an unknown field is ignored";
}

TEST_F(Taxii, versions_of_an_object_are_the_last_first_all_or_exact) {
  for (const char* modified :
       {"2025-01-01T00:00:00.000Z", "2025-02-01T00:00:00.000Z", "2025-03-01T00:00:00.000Z"})
    import({versioned("tool", 1, modified)});
  fill();
  const std::string one = path("objects/" + stix_id("tool", 1) + "/");
  const auto modified = [&](const std::string& query) {
    std::vector<std::string> out;
    const Json body = json(get(one, query));
    for (const Json& object : *body.array_member("objects").value())
      out.push_back(object.string_member("modified").value().substr(5, 2));
    return out;
  };
  EXPECT_THAT(modified(""), ElementsAre("03"));
  EXPECT_THAT(modified("match[version]=first"), ElementsAre("01"));
  EXPECT_THAT(modified("match[version]=all"), ElementsAre("01", "02", "03"));
  EXPECT_THAT(modified("match[version]=first,last"), ElementsAre("01", "03"));
  EXPECT_THAT(modified("match[version]=2025-02-01T00:00:00.000Z"), ElementsAre("02"));
  EXPECT_THAT(modified("match[version]=all&limit=1"), ElementsAre("01"));
  EXPECT_EQ(*get(one, "match[version]=2019-01-01T00:00:00Z").body, "{}") << "there, but not so";
  const Json versions = json(get(one + "versions/"));
  EXPECT_THAT(versions.strings_member("versions").value(),
              ElementsAre("2025-01-01T00:00:00.000000Z", "2025-02-01T00:00:00.000000Z",
                          "2025-03-01T00:00:00.000000Z"));
  EXPECT_TRUE(get(one + "versions/").date_added_first);
  EXPECT_EQ(json(get(one + "versions/", "limit=2")).strings_member("versions").value().size(), 2U);
  EXPECT_EQ(get(path("objects/" + stix_id("tool", 2) + "/versions/")).status, 404);
}

TEST_F(Taxii, a_cursor_is_worth_nothing_to_another_caller) {
  import({indicator(1, green_ref, "a.example.org"), indicator(2, green_ref, "b.example.org")});
  fill();
  const std::string next = json(get(path(), "limit=1")).string_member("next").value();
  EXPECT_EQ(get(path(), "next=" + next).status, 200);
  EXPECT_EQ(get(path(), "next=" + next, "bob").status, 400);
  EXPECT_EQ(get(path("manifest/"), "next=" + next).status, 400);
  EXPECT_EQ(get(path(), "match[type]=tool&next=" + next).status, 400);
}

// ---- the gate

TEST_F(Taxii, what_the_gate_denies_is_as_if_it_were_not_there) {
  import({indicator(1, green_ref, "a.example.org"), indicator(2, amber_ref, "b.example.org"),
          indicator(3, green_ref, "c.example.org", R"("labels":["classified"])"),
          indicator(4, "", "d.example.org")});
  fill();
  EXPECT_THAT(ids(get(path())), ElementsAre(stix_id("indicator", 1)));
  EXPECT_THAT(ids(get(path("manifest/"))), ElementsAre(stix_id("indicator", 1)));
  for (unsigned n : {2U, 3U, 4U}) {
    const std::string one = path("objects/" + stix_id("indicator", n) + "/");
    EXPECT_EQ(*get(one).body, *get(path("objects/" + stix_id("indicator", 99) + "/")).body);
    EXPECT_EQ(get(one + "versions/").status, 404);
  }
  EXPECT_THAT(ids(get(path(), "", "bob")), ElementsAre(stix_id("indicator", 1), stix_id("indicator", 2)));
  const Json page = json(get(path(), "limit=1"));
  EXPECT_FALSE(*page.find("more")->if_bool()) << "what is kept back is no further page";
}

TEST_F(Taxii, a_caller_without_an_entry_in_the_policy_sees_nothing) {
  import({indicator(1, clear_ref, "a.example.org")});
  fill();
  EXPECT_EQ(*get(path(), "", "mallory").body, "{}");
  EXPECT_EQ(get(path("objects/" + stix_id("indicator", 1) + "/"), "", "mallory").status, 404);
}

TEST_F(Taxii, a_policy_that_does_not_load_shows_nothing_at_once) {
  import({indicator(1, green_ref, "a.example.org")});
  fill();
  EXPECT_EQ(ids(get(path())).size(), 1U);
  const std::uint64_t before = service->epoch();
  const policy::Policy closed = policy::Policy::closed("broken");
  node.node->set_policy(closed);
  EXPECT_NE(service->epoch(), before) << "kept answers are worth nothing";
  EXPECT_EQ(*get(path()).body, "{}");
  node.node->set_policy(node.policy);
  EXPECT_EQ(ids(get(path())).size(), 1U);
}

TEST_F(Taxii, what_the_policy_strips_and_what_an_import_marked_shows_in_the_bytes) {
  ImportOptions options;
  options.tlp = intel::TlpLevel::green;
  import({versioned("tool", 1, "2025-01-01T00:00:00.000Z", green_ref, R"("x_internal":"secret","name":"n")"),
          stix("tool", 2, "", R"("name":"m")")},
         options);
  fill();
  const Answer answer = get(path());
  EXPECT_EQ(ids(answer).size(), 2U);
  EXPECT_THAT(*answer.body, Not(HasSubstr("secret")));
  const Json body = json(answer);
  EXPECT_THAT((*body.find("objects")->if_array())[1].strings_member("object_marking_refs").value(),
              ElementsAre(green_ref));
}

TEST_F(Taxii, objects_that_need_no_change_leave_byte_for_byte) {
  const std::string odd =
      R"({ "type":"tool","id":")" + stix_id("tool", 1) +
      R"(","spec_version":"2.1","created":"2025-01-01T00:00:00.000Z","modified":"2025-01-01T00:00:00.000Z","name":"\u00e9","x_number":1.50,"object_marking_refs":[")" +
      green_ref + R"("]})";
  import({odd});
  fill();
  EXPECT_THAT(*get(path()).body, HasSubstr(odd));
}

TEST_F(Taxii, references_to_what_stays_here_are_cut_and_what_needs_them_stays) {
  import(
      {versioned("malware", 1, "2025-01-01T00:00:00.000Z", amber_ref, R"("is_family":false)"),
       versioned("tool", 2, "2025-01-01T00:00:00.000Z", green_ref, R"("name":"t")"),
       versioned("relationship", 3, "2025-01-01T00:00:00.000Z", green_ref,
                 R"("relationship_type":"uses","source_ref":")" + stix_id("malware", 1) +
                     R"(","target_ref":")" + stix_id("tool", 2) + R"(")"),
       versioned("report", 4, "2025-01-01T00:00:00.000Z", green_ref,
                 R"("name":"r","published":"2025-01-01T00:00:00Z","object_refs":[")" + stix_id("malware", 1) +
                     R"(",")" + stix_id("tool", 2) + R"(",")" + stix_id("tool", 77) + R"("])")});
  fill();
  const Answer answer = get(path());
  EXPECT_THAT(ids(answer), ElementsAre(stix_id("tool", 2), stix_id("report", 4)));
  EXPECT_THAT(*answer.body, Not(HasSubstr(stix_id("malware", 1))));
  EXPECT_THAT(*answer.body, HasSubstr(stix_id("tool", 77))) << "not held here: the producer's to name";
}

TEST_F(Taxii, a_text_that_tells_what_stays_here_keeps_its_object_here) {
  import({indicator(1, amber_ref, "secret.example.org"),
          versioned("tool", 2, "2025-01-01T00:00:00.000Z", green_ref,
                    R"("description":"see secret[.]example.org")")});
  fill();
  EXPECT_THAT(ids(get(path())), IsEmpty());
  EXPECT_EQ(ids(get(path(), "", "bob")).size(), 2U);
}

TEST_F(Taxii, a_later_import_that_marks_a_value_more_strictly_takes_it_away_at_once) {
  import({indicator(1, green_ref, "a.example.org")});
  fill();
  EXPECT_EQ(ids(get(path())).size(), 1U);
  import({indicator(9, amber_ref, "a.example.org")}, {}, "other");
  EXPECT_THAT(ids(get(path())), IsEmpty());
}

TEST_F(Taxii, open_cases_and_what_is_not_published_stay) {
  ImportOptions in_case;
  in_case.open_case = "Nightfall";
  import({indicator(1, green_ref, "a.example.org")}, in_case, "case");
  ImportOptions draft;
  draft.unpublished = true;
  import({indicator(2, green_ref, "b.example.org")}, draft, "draft");
  fill();
  EXPECT_THAT(ids(get(path())), IsEmpty());
}

}  // namespace
}  // namespace parley::exchange
