#include "runtime/value/masker.h"

#include <gtest/gtest.h>

#include <random>

namespace opsc {
namespace {

std::string Mask(const std::vector<std::string>& secrets, std::string_view text, size_t piece) {
  Masker masker(std::make_shared<SecretPatterns>(secrets));
  std::string out;
  for (size_t i = 0; i < text.size(); i += piece) masker.Feed(text.substr(i, piece), out);
  masker.Finish(out);
  return out;
}

// The same for every way to cut the text into writes.
std::string Mask(const std::vector<std::string>& secrets, std::string_view text) {
  const std::string whole = Mask(secrets, text, text.size() + 1);
  for (size_t piece = 1; piece <= text.size(); ++piece) {
    EXPECT_EQ(Mask(secrets, text, piece), whole) << "pieces of " << piece;
  }
  return whole;
}

TEST(Masker, HidesPlainSecrets) {
  EXPECT_EQ(Mask({"hunter2"}, "the hunter2 sleeps"), "the *** sleeps");
  EXPECT_EQ(Mask({"hunter2"}, "hunter hunter"), "hunter hunter");
  EXPECT_EQ(Mask({"aaaa"}, "xaaaaaay"), "x***y");
  EXPECT_EQ(Mask({}, "nothing"), "nothing");
  EXPECT_EQ(Mask({"abc"}, "abc is too short"), "abc is too short");
}

TEST(Masker, JoinsOverlappingSecrets) {
  EXPECT_EQ(Mask({"abcdef", "defghi"}, "1abcdefghi2"), "1***2");
  EXPECT_EQ(Mask({"abcd", "abcdefgh"}, "abcdef abcdefgh"), "***ef ***");
  EXPECT_EQ(Mask({"abcd"}, "abcdabcd-abcd"), "***-***");
}

TEST(Masker, HidesLinesOfASecret) {
  const std::string key = "-----BEGIN-----\nMIIEvQIBADAN\n  BgkqhkiG9w0B\n-----END-----\n";
  EXPECT_EQ(Mask({key}, "x MIIEvQIBADAN y"), "x *** y");
  EXPECT_EQ(Mask({key}, "> BgkqhkiG9w0B"), "> ***");
  EXPECT_EQ(Mask({key}, "[" + key + "]"), "[***]");
}

TEST(Masker, HidesEncodedForms) {
  const std::string secret = "p@ss \"w'or\\d/+<&>é";
  const std::vector<std::string> seen = {
      "cEBzcyAidydvclxkLys8Jj7DqQ==",            // base64
      "70407373202277276f725c642f2b3c263ec3a9",  // hex
      "70407373202277276F725C642F2B3C263EC3A9",
      "p%40ss%20%22w%27or%5Cd%2F%2B%3C%26%3E%C3%A9",
      "p%40ss+%22w%27or%5cd%2f%2b%3c%26%3e%c3%a9",
      "p@ss \\\"w'or\\\\d/+<&>é",  // JSON
      "p@ss \\\"w'or\\\\d/+<&>\\u00e9",
      "p@ss \\\"w'or\\\\d/+\\u003c\\u0026\\u003eé",
      "'p@ss \"w'\\''or\\d/+<&>é'",  // shell
      "p@ss \\\"w'or\\\\d/+<&>é",
      "p@ss\\ \\\"w\\'or\\\\d/+\\<\\&\\>é",
      "p@ss &quot;w&#39;or\\d/+&lt;&amp;&gt;é",  // XML
  };
  for (const std::string& text : seen) {
    const std::string masked = Mask({secret}, "<" + text + ">");
    EXPECT_LE(masked.size(), 12u) << text << " -> " << masked;
    EXPECT_NE(masked.find("***"), std::string::npos) << text;
  }
}

std::string Base64(std::string_view text) {
  static constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < text.size(); i += 3) {
    uint32_t word = 0;
    for (size_t k = 0; k < 3; ++k) {
      word = word << 8 | (i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u);
    }
    for (size_t k = 0; k < 4; ++k) {
      out.push_back(i + k <= text.size() ? kAlphabet[word >> (18 - 6 * k) & 63] : '=');
    }
  }
  return out;
}

TEST(Masker, HidesBase64AtEveryAlignmentAndWrapped) {
  const std::string secret = "correct horse battery staple, and a long tail of more words to wrap";
  for (const std::string prefix : {"", "u", "us", "use", "user"}) {
    const std::string encoded = Base64(prefix + ":" + secret + ":x");
    const std::string masked = Mask({secret}, encoded, 7);
    EXPECT_LE(masked.size(), 16u) << masked;
    std::string wrapped;
    for (size_t i = 0; i < encoded.size(); i += 64) wrapped += encoded.substr(i, 64) + "\n";
    const std::string masked_lines = Mask({secret}, wrapped, 11);
    EXPECT_LE(masked_lines.size(), 28u) << masked_lines;
  }
}

TEST(Masker, HidesLeavesOfJson) {
  const std::string secret = R"({"type": "account", "key": "line one\nline two", "id": 5})";
  EXPECT_EQ(Mask({secret}, "got line two."), "got ***.");
}

// However the stream is cut: no form survives, and what is no secret stays.
TEST(Masker, NoFormSurvivesAnySplit) {
  std::mt19937 random(7);
  const std::vector<std::string> secrets = {"s3cr3t-Value", "line1\nline2 is longer\n",
                                            "aabaabaac"};
  const SecretPatterns patterns(secrets);
  std::vector<std::string> forms;
  for (const std::string& secret : secrets) {
    for (std::string& form : SecretForms(secret)) forms.push_back(std::move(form));
  }
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (int i = 0; i < 6; ++i) {
      const std::string& form = forms[random() % forms.size()];
      text += random() % 3 == 0 ? form.substr(0, random() % form.size()) : form;
      for (size_t k = random() % 4; k > 0; --k) text.push_back("ab\n%="[random() % 5]);
    }
    Masker masker(std::make_shared<SecretPatterns>(secrets));
    std::string out;
    for (size_t i = 0; i < text.size();) {
      const size_t piece = 1 + random() % 9;
      masker.Feed(std::string_view(text).substr(i, piece), out);
      i += piece;
    }
    masker.Finish(out);
    for (const std::string& secret : secrets) EXPECT_EQ(out.find(secret), std::string::npos);
    EXPECT_EQ(out, Mask(secrets, text, text.size()));
  }
}

}  // namespace
}  // namespace opsc
